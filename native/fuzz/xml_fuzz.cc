// The XML form in both directions. Oracle: what is accepted survives the way there and back; the canonical
// text is a fixed point; too little room writes nothing.
#include <algorithm>
#include <array>

#include "core/wire/frame.h"
#include "core/wire/xml_beat.h"
#include "fuzz/require.h"

using namespace heartwire;

namespace {

void check_frame(std::span<const std::uint8_t> frame) {
  std::array<std::uint8_t, kXmlBytesMax> xml;
  const std::size_t length = frame_to_xml(frame, xml);
  if (length == 0) return;
  REQUIRE(is_xml(xml));
  std::array<std::uint8_t, kFrameBytesMax> back;
  const std::size_t size = xml_to_frame(std::span(xml).first(length), back);
  REQUIRE(size != 0 && size <= frame.size() && std::equal(back.begin(), back.begin() + size, frame.begin()));
  REQUIRE(frame_to_xml(frame, std::span(xml).first(length - 1)) == 0);
  REQUIRE(xml_to_frame(std::span(xml).first(length - 1), back) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  check_frame(input);
  std::array<std::uint8_t, kFrameBytesMax> frame;
  const std::size_t bytes = xml_to_frame(input, frame);
  if (bytes == 0) return 0;
  std::array<std::uint8_t, kXmlBytesMax> canonical;
  REQUIRE(frame_to_xml(std::span(frame).first(bytes), canonical) != 0);
  check_frame(std::span(frame).first(bytes));
  return 0;
}
