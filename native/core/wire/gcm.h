// AES-256-GCM over one reusable OpenSSL context. Making it allocates; sealing and opening only set a new
// nonce in it, which allocates nothing (native/test/wire/allocation_test.cc counts). With an empty text
// it is GMAC. Knows nothing of frames, so that it can be held against published vectors.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include <openssl/evp.h>

namespace heartwire {

inline constexpr std::size_t kGcmKeyBytes = 32;
inline constexpr std::size_t kGcmNonceBytes = 12;
inline constexpr std::size_t kGcmTagBytes = 16;
using GcmNonce = std::array<std::uint8_t, kGcmNonceBytes>;

class Gcm {
 public:
  // The key is copied into the contexts, which OpenSSL wipes when they are freed.
  explicit Gcm(std::span<const std::uint8_t, kGcmKeyBytes> key);
  bool good() const { return good_; }
  // Encrypts `text` in place and writes the tag over `associated` and the encrypted text.
  bool seal(const GcmNonce& nonce, std::span<const std::uint8_t> associated, std::span<std::uint8_t> text,
            std::span<std::uint8_t, kGcmTagBytes> tag);
  // Decrypts `text` in place; false when the tag is wrong, and `text` is then garbage.
  bool open(const GcmNonce& nonce, std::span<const std::uint8_t> associated, std::span<std::uint8_t> text,
            std::span<const std::uint8_t, kGcmTagBytes> tag);

 private:
  struct Free { void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); } };
  std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
  bool good_ = false;
};

}  // namespace heartwire
