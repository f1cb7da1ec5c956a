// The OpenSSL calls behind gcm.h. A context keeps its key while only the nonce changes.
#include "core/wire/gcm.h"

namespace heartwire {
namespace {

// Fetched once: an implicit fetch takes the library's locks at each use.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

// OpenSSL's lengths are int; all of ours are far below it.
int length(std::size_t bytes) { return static_cast<int>(bytes); }

// A null output marks associated data. An empty update would be taken for the end of the text.
bool feed(EVP_CIPHER_CTX* context, std::uint8_t* output, std::span<const std::uint8_t> input) {
  int written = 0;
  return input.empty() || EVP_CipherUpdate(context, output, &written, input.data(), length(input.size())) == 1;
}

bool finish(EVP_CIPHER_CTX* context) {
  std::uint8_t none[kGcmTagBytes];
  int written = 0;
  return EVP_CipherFinal_ex(context, none, &written) == 1;
}

}  // namespace

Gcm::Gcm(std::span<const std::uint8_t, kGcmKeyBytes> key) : context_(EVP_CIPHER_CTX_new()) {
  const GcmNonce first{};
  good_ = context_ && cipher() && EVP_CipherInit_ex(context_.get(), cipher(), nullptr, key.data(), first.data(), 1) == 1;
}

bool Gcm::seal(const GcmNonce& nonce, std::span<const std::uint8_t> associated, std::span<std::uint8_t> text,
               std::span<std::uint8_t, kGcmTagBytes> tag) {
  EVP_CIPHER_CTX* const context = context_.get();
  return good_ && EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce.data(), 1) == 1 &&
         feed(context, nullptr, associated) && feed(context, text.data(), text) && finish(context) &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length(tag.size()), tag.data()) == 1;
}

bool Gcm::open(const GcmNonce& nonce, std::span<const std::uint8_t> associated, std::span<std::uint8_t> text,
               std::span<const std::uint8_t, kGcmTagBytes> tag) {
  EVP_CIPHER_CTX* const context = context_.get();
  return good_ && EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce.data(), 0) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length(tag.size()), const_cast<std::uint8_t*>(tag.data())) == 1 &&
         feed(context, nullptr, associated) && feed(context, text.data(), text) && finish(context);
}

}  // namespace heartwire
