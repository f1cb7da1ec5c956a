// A serial line between two nodes (R10): a path that no switch and no IP stack can take away. Slow (115,200 baud
// carries 11.5 bytes a millisecond), so a frame is sent only into an empty queue: a queue of old beats would vouch
// for the dead (safety.md, 'Leases' 10).
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/net/cobs.h"
#include "core/net/socket_link.h"

namespace heartwire {

namespace {

struct Speed { std::uint32_t baud; speed_t code; };
constexpr std::array<Speed, 8> kSpeeds{{{9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600},
                                        {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600}}};

class SerialLink final : public Link {
 public:
  explicit SerialLink(int descriptor) : descriptor_(descriptor) {}
  ~SerialLink() override { close(descriptor_); }
  SerialLink(const SerialLink&) = delete;
  SerialLink& operator=(const SerialLink&) = delete;
  int descriptor() const override { return descriptor_; }
  LinkAddress everyone() const override { return {}; }

  bool stage(const LinkAddress&, std::span<const std::uint8_t> frame) override {
    int queued = 0;
    if (pending_ != 0 || ioctl(descriptor_, TIOCOUTQ, &queued) != 0 || queued > 0) return false;
    pending_ = stuff(frame, out_);
    return pending_ != 0;
  }

  unsigned flush() override {
    if (pending_ == 0) return 0;
    const ssize_t written = write(descriptor_, out_.data(), pending_);  // a half-written frame costs itself and the next zero
    const bool whole = written == static_cast<ssize_t>(pending_);
    pending_ = 0;
    return whole ? 1 : 0;
  }

  unsigned receive(std::span<ReceivedFrame> frames, bool& gone) override {
    if (frames.empty()) return 0;
    while (true) {
      while (read_at_ < read_size_) {
        const std::size_t size = unstuffer_.feed(in_[read_at_++]);
        if (size == 0) continue;
        frames[0] = {unstuffer_.frame(size), LinkAddress{}, 0};
        return 1;  // one at a time: the buffer is reused by the next
      }
      const ssize_t got = read(descriptor_, in_.data(), in_.size());
      if (got <= 0) {
        gone = got < 0 && (errno == EIO || errno == ENODEV || errno == ENXIO);
        return 0;
      }
      read_at_ = 0;
      read_size_ = static_cast<std::size_t>(got);
    }
  }

 private:
  int descriptor_;
  Unstuffer unstuffer_;
  std::array<std::uint8_t, kStuffedBytesMax> out_{};
  std::array<std::uint8_t, 512> in_{};
  std::size_t pending_ = 0, read_at_ = 0, read_size_ = 0;
};

}  // namespace

std::unique_ptr<Link> open_serial_link(const LinkOptions& options, LinkError& error) {
  speed_t code = 0;
  for (const Speed& speed : kSpeeds) {
    if (speed.baud == options.baud) code = speed.code;
  }
  if (code == 0) {
    error = {EINVAL, "baud rate " + std::to_string(options.baud)};
    return nullptr;
  }
  const int descriptor = open(options.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  termios settings{};
  if (descriptor < 0 || tcgetattr(descriptor, &settings) != 0) {
    error = {errno, "serial line " + options.device};
    if (descriptor >= 0) close(descriptor);
    return nullptr;
  }
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  cfsetispeed(&settings, code);
  cfsetospeed(&settings, code);
  tcsetattr(descriptor, TCSANOW, &settings);
  tcflush(descriptor, TCIOFLUSH);  // what stands there is old
  return std::make_unique<SerialLink>(descriptor);
}

}  // namespace heartwire
