// The serial line: whatever noise came before, a whole frame after a zero is read, and what is read is what was
// written. The first byte tells how the rest is split into noise and frame.
#include <algorithm>
#include <vector>

#include "core/net/serial_framing.h"
#include "fuzz/require.h"

namespace {

using namespace heartwire;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span<const std::uint8_t> input(data + 1, size - 1);
  const std::size_t cut = input.size() * data[0] / 255;
  const auto noise = input.first(cut), frame = input.subspan(cut);

  SerialReader reader;
  for (const std::uint8_t byte : noise) {
    if (reader.take(byte)) REQUIRE(!reader.frame().empty() && reader.frame().size() <= kDatagramBytesMax);
  }
  std::vector<std::uint8_t> line(kSerialBytesMax);
  const std::size_t written = write_serial_frame(frame, line);
  REQUIRE((written == 0) == (frame.size() > kDatagramBytesMax));
  if (written == 0 || frame.empty()) return 0;
  REQUIRE(std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(written), 0) == 2);
  unsigned found = 0;
  for (std::size_t at = 0; at < written; ++at) {
    if (!reader.take(line[at]) || at + 1 != written) continue;  // the first zero may end what the noise began
    REQUIRE(std::equal(frame.begin(), frame.end(), reader.frame().begin(), reader.frame().end()));
    ++found;
  }
  REQUIRE(found == 1);
  return 0;
}
