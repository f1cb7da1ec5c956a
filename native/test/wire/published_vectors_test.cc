// Our use of OpenSSL against published vectors: HKDF-SHA256 (RFC 5869, A.1 to A.3) and AES-256-GCM (cases 13 to 16
// of McGrew and Viega, 'The Galois/Counter Mode of Operation').
#include <gtest/gtest.h>

#include <algorithm>

#include "core/wire/derive.h"
#include "core/wire/gcm.h"
#include "test/wire/hex.h"

namespace heartwire {
namespace {

using samples::Bytes;
using samples::hex;
using samples::unhex;

TEST(PublishedVectors, HkdfSha256) {
  const Bytes repeated(22, 0x0b);
  const struct { Bytes key, salt, info; std::string expected; } cases[] = {
      {repeated, samples::counting(13, 0), samples::counting(10, 0xf0),
       "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
      {samples::counting(80, 0), samples::counting(80, 0x60), samples::counting(80, 0xb0),
       "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3"
       "db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
      {repeated, {}, {}, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"}};
  for (const auto& [key, salt, info, expected] : cases) {
    Bytes out(expected.size() / 2);
    ASSERT_TRUE(hkdf_sha256(key, salt, info, out));
    EXPECT_EQ(hex(out), expected);
  }
}

const char* const kKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const char* const kText =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const char* const kCipher =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

TEST(PublishedVectors, Aes256Gcm) {
  const std::string zero_key(64, '0'), zero_nonce(24, '0'), nonce = "cafebabefacedbaddecaf888";
  const struct { std::string key, nonce, associated, text, cipher, tag; } cases[] = {
      {zero_key, zero_nonce, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {zero_key, zero_nonce, "", std::string(32, '0'), "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
      {kKey, nonce, "", kText, kCipher, "b094dac5d93471bdec1a502270e3cc6c"},
      {kKey, nonce, "feedfacedeadbeeffeedfacedeadbeefabaddad2", std::string(kText).substr(0, 120), std::string(kCipher).substr(0, 120),
       "76fc6ece0f4e1768cddf8853bb2d551b"}};
  for (const auto& expected : cases) {
    const Bytes key = unhex(expected.key);
    Gcm gcm{std::span(key).first<kGcmKeyBytes>()};
    GcmNonce nonce_bytes;
    std::ranges::copy(unhex(expected.nonce), nonce_bytes.begin());
    const Bytes associated = unhex(expected.associated);
    Bytes text = unhex(expected.text);
    std::array<std::uint8_t, kGcmTagBytes> tag{};
    for (int again = 0; again < 2; again++) {  // the context is reused
      ASSERT_TRUE(gcm.seal(nonce_bytes, associated, text, tag));
      EXPECT_EQ(hex(text), expected.cipher);
      EXPECT_EQ(hex(tag), expected.tag);
      ASSERT_TRUE(gcm.open(nonce_bytes, associated, text, tag));
      EXPECT_EQ(hex(text), expected.text);
    }
    tag[15] ^= 1;
    EXPECT_FALSE(gcm.open(nonce_bytes, associated, text, tag));
  }
}

}  // namespace
}  // namespace heartwire
