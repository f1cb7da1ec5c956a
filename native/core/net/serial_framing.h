// Frames on a byte stream: consistent overhead byte stuffing, a zero before and after each frame and nowhere else, and
// a CRC-32 inside. After a lost or broken byte the next zero puts the reader back in step, so half a frame costs itself
// and never the next one. Pure; fuzzed.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/net/link.h"

namespace heartwire {

inline constexpr std::size_t kSerialCheckBytes = 4;
inline constexpr std::size_t kSerialPayloadBytesMax = kDatagramBytesMax + kSerialCheckBytes;
inline constexpr std::size_t kSerialBytesMax = kSerialPayloadBytesMax + kSerialPayloadBytesMax / 254 + 3;

std::uint32_t crc32(std::span<const std::uint8_t> bytes);  // IEEE 802.3

// Writes the frame as it goes on the line; returns its bytes, 0 when it is too long or `out` is too short.
std::size_t write_serial_frame(std::span<const std::uint8_t> frame, std::span<std::uint8_t> out);

class SerialReader {
 public:
  // Takes one byte of the stream. True: a whole and sound frame stands in frame() until the next byte.
  bool take(std::uint8_t byte);
  std::span<const std::uint8_t> frame() const { return std::span(payload_).first(size_ - kSerialCheckBytes); }
  std::uint64_t garbled() const { return garbled_; }  // frames that came broken

 private:
  bool end();
  void put(std::uint8_t byte);
  std::array<std::uint8_t, kSerialPayloadBytesMax> payload_{};
  std::size_t size_ = 0;
  unsigned code_ = 0;      // of the block under way: its length, 255 for one that stands for no zero
  unsigned left_ = 0;      // bytes to come of it
  bool begun_ = false;     // something since the last zero
  bool broken_ = false;
  bool clear_ = false;     // the last byte ended a frame
  std::uint64_t garbled_ = 0;
};

}  // namespace heartwire
