// See serial_framing.h.
#include "core/net/serial_framing.h"

namespace heartwire {

namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t value = 0; value < 256; ++value) {
    std::uint32_t remainder = value;
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? 0xedb88320u : 0);
    table[value] = remainder;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

constexpr std::uint32_t step(std::uint32_t remainder, std::uint8_t byte) { return remainder >> 8 ^ kTable[(remainder ^ byte) & 0xff]; }

// Writes blocks: a code, then the bytes up to the zero (or 254 of them) that it stands for.
class Stuffer {
 public:
  explicit Stuffer(std::span<std::uint8_t> out) : out_(out) {
    out_[at_++] = 0;
    open_block();
  }
  void put(std::uint8_t byte) {
    if (byte != 0) {
      out_[at_++] = byte;
      ++code_;
    }
    if (byte == 0 || code_ == 0xff) {
      out_[code_at_] = code_;
      open_block();
    }
  }
  std::size_t finish() {
    out_[code_at_] = code_;
    out_[at_++] = 0;
    return at_;
  }

 private:
  void open_block() {
    code_at_ = at_++;
    code_ = 1;
  }
  std::span<std::uint8_t> out_;
  std::size_t at_ = 0, code_at_ = 0;
  std::uint8_t code_ = 1;
};

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t remainder = 0xffffffff;
  for (const std::uint8_t byte : bytes) remainder = step(remainder, byte);
  return ~remainder;
}

std::size_t write_serial_frame(std::span<const std::uint8_t> frame, std::span<std::uint8_t> out) {
  const std::size_t payload = frame.size() + kSerialCheckBytes;
  if (frame.size() > kDatagramBytesMax || out.size() < payload + payload / 254 + 3) return 0;
  Stuffer stuffer(out);
  for (const std::uint8_t byte : frame) stuffer.put(byte);
  const std::uint32_t check = crc32(frame);
  for (unsigned shift = 0; shift < 32; shift += 8) stuffer.put(static_cast<std::uint8_t>(check >> shift));
  return stuffer.finish();
}

void SerialReader::put(std::uint8_t byte) {
  if (size_ == payload_.size()) broken_ = true;
  else payload_[size_++] = byte;
}

bool SerialReader::end() {
  const bool begun = begun_;
  const bool whole = begun && !broken_ && left_ == 0 && size_ > kSerialCheckBytes;
  begun_ = broken_ = false;
  left_ = 0;
  clear_ = true;
  if (!begun) return false;  // the zero before a frame
  std::uint32_t check = 0;
  for (std::size_t index = 0; whole && index < kSerialCheckBytes; ++index) {
    check |= std::uint32_t{payload_[size_ - kSerialCheckBytes + index]} << (8 * index);
  }
  if (whole && check == crc32(frame())) return true;
  ++garbled_;
  return false;
}

bool SerialReader::take(std::uint8_t byte) {
  if (byte == 0) return end();
  if (clear_) {
    clear_ = false;
    size_ = 0;
  }
  if (left_ == 0) {  // a code: the block before it, unless it was a full one, stood for a zero
    if (begun_ && code_ != 0xff) put(0);
    begun_ = true;
    code_ = byte;
    left_ = code_ - 1;
    return false;
  }
  --left_;
  put(byte);
  return false;
}

}  // namespace heartwire
