// The OpenSSL calls behind derive.h. They allocate: keys are derived off the beat thread.
#include "core/wire/derive.h"

#include <memory>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "core/wire/bytes.h"

namespace heartwire {
namespace {

struct FreeContext { void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); } };

EVP_KDF* hkdf() {
  static EVP_KDF* const fetched = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  return fetched;
}

OSSL_PARAM octets(const char* name, std::span<const std::uint8_t> value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()), value.size());
}

}  // namespace

bool hkdf_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> salt, std::span<const std::uint8_t> info,
                 std::span<std::uint8_t> out) {
  const std::unique_ptr<EVP_KDF_CTX, FreeContext> context(hkdf() ? EVP_KDF_CTX_new(hkdf()) : nullptr);
  if (!context) return false;
  char digest[] = "SHA256";
  OSSL_PARAM parameters[5];
  std::size_t count = 0;
  parameters[count++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
  parameters[count++] = octets(OSSL_KDF_PARAM_KEY, key);
  if (!salt.empty()) parameters[count++] = octets(OSSL_KDF_PARAM_SALT, salt);
  if (!info.empty()) parameters[count++] = octets(OSSL_KDF_PARAM_INFO, info);
  parameters[count] = OSSL_PARAM_construct_end();
  return EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1;
}

std::array<std::uint8_t, kKeyInfoBytes> key_info(std::uint8_t key_id, const KeyContext& context) {
  std::array<std::uint8_t, kKeyInfoBytes> info;
  ByteWriter writer(info);
  writer.u8(kFrameVersion);
  writer.u8(key_id);
  writer.u8(static_cast<std::uint8_t>(context.role));
  writer.u16(context.sender_id);
  writer.u16(context.receiver_id);
  writer.u8(context.link_id);
  writer.u64(context.sender_boot);
  writer.bytes(context.sender_salt);
  writer.u64(context.receiver_boot);
  return info;
}

}  // namespace heartwire
