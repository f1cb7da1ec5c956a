// How a frame is laid under GCM: which bytes are associated data, which are encrypted, what the nonce is.
#include "core/wire/seal.h"

#include <algorithm>

#include <openssl/crypto.h>

#include "core/wire/derive.h"
#include "core/wire/gcm.h"
#include "core/wire/key_ring.h"

namespace heartwire {
namespace {

static_assert(kTagBytes == kGcmTagBytes);

// One frame cut into what GCM wants. The tag covers all of it in either case.
struct Parts {
  std::span<std::uint8_t> associated;
  std::span<std::uint8_t> text;
  std::span<std::uint8_t> tag;
};

// False when the buffer or the body is shorter than the header says.
bool cut(std::span<std::uint8_t> frame, const FrameHeader& header, bool encrypt, Parts& parts) {
  if (header.body_length > kBodyBytesMax || frame.size() < frame_bytes(header)) return false;
  const std::size_t clear = encrypt ? clear_body_bytes(header.type) : header.body_length;
  if (clear > header.body_length) return false;
  parts.associated = frame.first(kHeaderBytes + clear);
  parts.text = frame.subspan(kHeaderBytes + clear, header.body_length - clear);
  parts.tag = frame.subspan(kHeaderBytes + header.body_length, kTagBytes);
  return true;
}

// type u8, zero x 3, sequence u64. The type is in it so that two counters under one key never meet.
GcmNonce nonce_of(const FrameHeader& header) {
  GcmNonce nonce{};
  nonce[0] = static_cast<std::uint8_t>(header.type);
  for (std::size_t i = 0; i < 8; i++) nonce[4 + i] = static_cast<std::uint8_t>(header.sequence >> (8 * i));
  return nonce;
}

class GcmSealer final : public Sealer {
 public:
  explicit GcmSealer(std::span<const std::uint8_t, kGcmKeyBytes> key) : gcm_(key) {}
  bool good() const { return gcm_.good(); }

  std::size_t seal(std::span<std::uint8_t> frame, const FrameHeader& header, bool encrypt) override {
    Parts parts;
    if (!cut(frame, header, encrypt, parts)) return 0;
    const bool sealed = gcm_.seal(nonce_of(header), parts.associated, parts.text, parts.tag.first<kGcmTagBytes>());
    return sealed ? frame_bytes(header) : 0;
  }

  bool open(std::span<std::uint8_t> frame, const FrameHeader& header, bool encrypted) override {
    Parts parts;
    return cut(frame, header, encrypted, parts) &&
           gcm_.open(nonce_of(header), parts.associated, parts.text, parts.tag.first<kGcmTagBytes>());
  }

 private:
  Gcm gcm_;
};

class PlainSealer final : public Sealer {
 public:
  std::size_t seal(std::span<std::uint8_t> frame, const FrameHeader& header, bool) override {
    Parts parts;
    if (!cut(frame, header, false, parts)) return 0;
    std::fill(parts.tag.begin(), parts.tag.end(), std::uint8_t{0});
    return frame_bytes(header);
  }

  bool open(std::span<std::uint8_t> frame, const FrameHeader& header, bool) override {
    Parts parts;
    return cut(frame, header, false, parts) &&
           std::all_of(parts.tag.begin(), parts.tag.end(), [](std::uint8_t byte) { return byte == 0; });
  }
};

}  // namespace

std::unique_ptr<Sealer> make_sealer(const KeyRing& ring, std::uint8_t key_id, const KeyContext& context) {
  const auto cluster_key = ring.find(key_id);
  if (cluster_key.empty()) return nullptr;
  std::array<std::uint8_t, kGcmKeyBytes> key;
  std::unique_ptr<GcmSealer> sealer;
  if (hkdf_sha256(cluster_key, {}, key_info(key_id, context), key)) sealer = std::make_unique<GcmSealer>(key);
  OPENSSL_cleanse(key.data(), key.size());
  if (sealer && !sealer->good()) return nullptr;
  return sealer;
}

std::unique_ptr<Sealer> make_plain_sealer() { return std::make_unique<PlainSealer>(); }

}  // namespace heartwire
