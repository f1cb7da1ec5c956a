// A serial line between two nodes (R10): a path that no switch and no IP stack can take away. Slow (115,200 baud
// carries 11.5 bytes a millisecond), so frames go only into an empty queue: a queue of old beats would vouch for the
// dead (safety.md, 'Leases' 10). While the line is busy the newest frames wait here, in a process that lives, and newer
// ones take their place; were they dropped, two nodes whose beats keep the same rhythm could lose every ACK.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "core/net/serial_framing.h"
#include "core/net/socket_link.h"

namespace heartwire {

namespace {

struct Speed { std::uint32_t baud; speed_t code; };
constexpr std::array<Speed, 12> kSpeeds{{{1200, B1200}, {2400, B2400}, {4800, B4800}, {9600, B9600}, {19200, B19200}, {38400, B38400},
                                         {57600, B57600}, {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600},
                                         {1000000, B1000000}}};

bool is_gone(ssize_t result, int error) {
  return result == 0 || error == EIO || error == ENODEV || error == ENXIO;  // 0: hung up
}

class SerialLink final : public Link {
 public:
  SerialLink(int descriptor, unsigned batch) : descriptor_(descriptor), frames_(batch) {}
  ~SerialLink() override { close(descriptor_); }
  SerialLink(const SerialLink&) = delete;
  SerialLink& operator=(const SerialLink&) = delete;
  int descriptor() const override { return descriptor_; }
  LinkAddress everyone() const override { return {}; }
  bool waiting() const override { return staged_ != 0; }

  bool stage(const LinkAddress&, std::span<const std::uint8_t> frame) override {
    std::size_t size = write_serial_frame(frame, std::span(out_).subspan(out_size_));
    if (size == 0 && staged_ != 0) {  // no room beside older ones: they are stale
      drop_staged();
      size = write_serial_frame(frame, out_);
    }
    if (size == 0) {
      ++counters_.dropped;
      return false;
    }
    out_size_ += size;
    ++staged_;
    return true;
  }

  unsigned flush() override {
    int queued = 0;
    if (staged_ == 0 || (ioctl(descriptor_, TIOCOUTQ, &queued) == 0 && queued > 0)) return 0;
    const ssize_t written = write(descriptor_, out_.data(), out_size_);
    if (written < 0 && errno == EAGAIN) return 0;
    if (written != static_cast<ssize_t>(out_size_)) {  // half a frame on the line: the next zero ends it
      refuse(written, errno);
      drop_staged();
      return 0;
    }
    const unsigned taken = staged_;
    counters_.sent += taken;
    out_size_ = staged_ = 0;
    return taken;
  }

  unsigned receive(std::span<ReceivedFrame> frames, bool& gone) override {
    unsigned count = 0;
    while (count < frames.size() && count < frames_.size() && refill()) {
      if (!reader_.take(in_[read_at_++])) continue;
      const auto whole = reader_.frame();
      std::copy(whole.begin(), whole.end(), frames_[count].begin());
      frames[count] = {std::span(frames_[count]).first(whole.size()), LinkAddress{}, 0};
      ++count;
    }
    counters_.received += count;
    counters_.garbled = reader_.garbled();
    gone = gone_;
    return count;
  }

 private:
  // False: nothing more to read now.
  bool refill() {
    if (read_at_ < read_size_) return true;
    const ssize_t got = read(descriptor_, in_.data(), in_.size());
    read_at_ = 0;
    read_size_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    if (got <= 0 && !(got < 0 && (errno == EAGAIN || errno == EINTR))) refuse(got, errno);
    return got > 0;
  }
  void drop_staged() {
    counters_.dropped += staged_;
    out_size_ = staged_ = 0;
  }
  void refuse(ssize_t result, int error) {
    ++counters_.refused;
    counters_.last_error = result < 0 ? error : 0;
    gone_ = gone_ || is_gone(result, error);
  }

  int descriptor_;
  bool gone_ = false;
  SerialReader reader_;
  std::array<std::uint8_t, 2 * kSerialBytesMax> out_{};
  std::array<std::uint8_t, 4096> in_{};
  std::size_t out_size_ = 0, read_at_ = 0, read_size_ = 0;
  unsigned staged_ = 0;
  std::vector<std::array<std::uint8_t, kDatagramBytesMax>> frames_;
};

// Raw: no echo, no translation, no flow control; modem lines ignored, since a dead peer must not stop our writes.
bool set_raw(int descriptor, speed_t speed) {
  termios settings{};
  if (tcgetattr(descriptor, &settings) != 0) return false;
  cfmakeraw(&settings);
  settings.c_cflag = (settings.c_cflag | CLOCAL | CREAD) & ~static_cast<tcflag_t>(CRTSCTS | CSTOPB | HUPCL);
  settings.c_iflag &= ~static_cast<tcflag_t>(IXOFF | IXANY | INPCK);
  settings.c_cc[VMIN] = 1;  // then no data is EAGAIN, and 0 a line that has hung up
  settings.c_cc[VTIME] = 0;
  if (cfsetispeed(&settings, speed) != 0 || cfsetospeed(&settings, speed) != 0) return false;
  return tcsetattr(descriptor, TCSANOW, &settings) == 0;
}

}  // namespace

std::unique_ptr<Link> open_serial_link(const LinkOptions& options, LinkError& error) {
  speed_t speed = B0;
  for (const Speed& known : kSpeeds) {
    if (known.baud == options.baud) speed = known.code;
  }
  if (speed == B0) {
    error = {EINVAL, "baud rate " + std::to_string(options.baud) + " of " + options.device};
    return nullptr;
  }
  const int descriptor = open(options.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0 || !set_raw(descriptor, speed)) {
    error = {errno, "serial line " + options.device};
    if (descriptor >= 0) close(descriptor);
    return nullptr;
  }
  tcflush(descriptor, TCIOFLUSH);  // what stands there is old
  return std::make_unique<SerialLink>(descriptor, options.batch);
}

}  // namespace heartwire
