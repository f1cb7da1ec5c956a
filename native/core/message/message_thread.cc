// See message_thread.h. The loop: commands, frames, what is due, out with it. What it decides is in message_engine.cc.
#include "core/message/message_thread.h"

#include <openssl/rand.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "core/message/mailbox.h"
#include "core/message/message_engine.h"
#include "core/message/message_sockets.h"
#include "core/message/wakefulness.h"
#include "core/rt/clock.h"
#include "core/rt/thread.h"
#include "core/rt/wake.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kTimerTag = UINT64_MAX;
constexpr std::uint64_t kWakeTag = UINT64_MAX - 1;
constexpr std::uint64_t kArrivalsTag = UINT64_MAX - 2;
constexpr std::uint64_t kReopenNs = 1'000'000'000;
constexpr std::uint64_t kStandbyNs = 100'000'000;  // after JavaScript has received: it will again
constexpr std::uint64_t kLookingNs = 100'000'000;  // after anything has come
constexpr int kLookMs = 2;                         // meanwhile: JavaScript may be blocked

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() { if (descriptor_ >= 0) close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return descriptor_; }

 private:
  int descriptor_;
};

class Courier final : public MessageThread, private MessageEngineSink {
 public:
  Courier(const MessageOptions& options, std::shared_ptr<KeyRing> keys, MessageThread::Wake wake, Handover handover)
      : wake_javascript_(std::move(wake)),
        handover_(std::move(handover)),
        wakefulness_(options.cpu_latency, options.awake_us),
        mailbox_(options.parameters.queue_overflow_threshold, options.message_bytes_max),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        arrivals_(epoll_create1(EPOLL_CLOEXEC)),
        timer_(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)),
        sockets_(options, arrivals_, counters_),
        engine_(options, std::move(keys), *this, counters_) {}

  ~Courier() override {
    stopping_.store(true, std::memory_order_release);
    wake_.signal();
    if (thread_.joinable()) thread_.join();
  }

  bool begin(std::vector<LinkError>& problems) {
    if (epoll_ < 0 || arrivals_ < 0 || timer_ < 0 || wake_.descriptor() < 0) {
      problems.push_back({errno, "descriptors of the message thread"});
      return false;
    }
    watch(timer_, kTimerTag);
    watch(wake_.descriptor(), kWakeTag);
    watch(arrivals_, kArrivalsTag);
    const std::uint64_t now_ns = boot_time_ns();
    sockets_.open(&problems, [this, now_ns](std::uint8_t link_id) { engine_.link_opened(link_id, now_ns); });
    reopen_ns_ = now_ns + kReopenNs;
    arm();
    ThreadReport report;
    ThreadOptions thread;
    thread.name = "hw-message";
    thread_ = start_thread(thread, [this] { run(); }, report);
    if (thread_.joinable()) return true;
    problems.push_back({EAGAIN, "message thread: " + report.reason});
    return false;
  }

  // ---- JavaScript's side
  void announce(std::span<const std::uint8_t> payload) override {
    MessageCommand command;
    command.kind = MessageCommand::Kind::announce;
    command.payload.assign(payload.begin(), payload.end());
    post(std::move(command));
  }
  void contact(const LinkAddress& address, std::uint8_t link_id) override {
    MessageCommand command;
    command.kind = MessageCommand::Kind::contact;
    command.address = address;
    command.link = link_id;
    post(std::move(command));
  }
  std::uint64_t send(std::uint16_t node_id, std::span<const std::uint8_t> payload, Refusal& why, const SendOptions& options) override {
    bool wake = false;
    const std::uint64_t id = mailbox_.submit(node_id, payload, options, why, wake);
    if (wake) wake_held_ = true;
    if (!options.waits) flush();
    if (why == Refusal::no_session) look_for(node_id);
    else if (why == Refusal::overflow) counters_.add(MessageCounter::sends_refused);
    return id;
  }
  // Straight from here where the thread sleeps: to wake it takes longer than to send.
  void flush() override {
    if (!wake_held_) return;
    wake_held_ = false;
    if (!sends_only_ || !working_.try_lock()) return wake_.signal();
    const std::lock_guard lock(working_, std::adopt_lock);
    work_off(own_commands_, boot_time_ns());
  }
  void forget(std::uint16_t node_id) override {
    MessageCommand command;
    command.kind = MessageCommand::Kind::forget;
    command.node = node_id;
    post(std::move(command));
  }
  void prefer(std::uint8_t link_id) override { post(MessageCommand::Kind::prefer, link_id); }
  void open_link(const LinkOptions& message, const LinkOptions* discovery) override {
    MessageCommand command;
    command.kind = MessageCommand::Kind::open_link;
    command.link = message.link_id;
    command.links.push_back(message);
    if (discovery != nullptr) command.links.push_back(*discovery);
    post(std::move(command));
  }
  void carry_beats(std::uint8_t link_id) override { post(MessageCommand::Kind::carry_beats, link_id); }
  void close_link(std::uint8_t link_id) override { post(MessageCommand::Kind::close_link, link_id); }
  void set_parameters(const MessageParameters& parameters) override {
    if (broken_range(parameters) != nullptr) return;
    MessageCommand command;
    command.kind = MessageCommand::Kind::set_parameters;
    command.parameters = parameters;
    post(std::move(command));
  }
  void set_keys(std::shared_ptr<KeyRing> keys) override {
    MessageCommand command;
    command.kind = MessageCommand::Kind::set_keys;
    command.keys = std::move(keys);
    post(std::move(command));
  }
  void publish(std::span<const std::uint8_t> bytes) override { published_.set(bytes, boot_time_ns()); }
  bool ask(std::uint16_t node_id, std::uint64_t question) override {
    if (!mailbox_.has_session(node_id)) {
      look_for(node_id);
      return false;
    }
    MessageCommand command;
    command.kind = MessageCommand::Kind::ask;
    command.node = node_id;
    command.id = question;
    post(std::move(command));
    return true;
  }
  int arrivals() const override { return arrivals_; }
  // What is due then goes with flush(), together with what JavaScript answers.
  bool receive() override {
    const std::uint64_t now_ns = boot_time_ns();
    stands_by_until_ns_.store(now_ns + kStandbyNs, std::memory_order_relaxed);
    const std::lock_guard lock(working_);
    receive_all();
    wake_held_ = true;
    return mailbox_.wake_due(now_ns);
  }
  bool looks() const override { return looks_.load(); }
  std::size_t under_way() override { return mailbox_.under_way(); }
  bool next_notice(MessageNotice& notice) override { return mailbox_.next(notice); }
  std::vector<std::uint64_t> counters() const override { return counters_.all(); }

 private:
  void look_for(std::uint16_t node_id) {
    MessageCommand command;
    command.kind = MessageCommand::Kind::look_for;
    command.node = node_id;
    post(std::move(command));
  }

  void post(MessageCommand::Kind kind, std::uint8_t link_id) {
    MessageCommand command;
    command.kind = kind;
    command.link = link_id;
    post(std::move(command));
  }

  // What may take time (sockets are opened) is the thread's.
  void post(MessageCommand&& command) {
    if (mailbox_.post(std::move(command))) wake_held_ = true;
    sends_only_ = false;
    flush();
    sends_only_ = true;
  }

  // ---- the engine's sink
  void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) override { sockets_.send(link_id, to, frame); }
  void broadcast(std::uint8_t link_id, std::span<const std::uint8_t> frame) override { sockets_.broadcast(link_id, frame); }
  void multicast(std::uint8_t link_id, std::span<const std::uint8_t> frame) override { sockets_.multicast(link_id, frame); }
  bool handover(const SessionHandover& handover) override { return handover_(handover); }
  void notice(MessageNotice&& notice) override { mailbox_.deliver(std::move(notice)); }
  Published::Copy published() const override { return published_.copy(); }
  void session_changed(std::uint16_t node_id, bool live) override { mailbox_.set_live(node_id, live); }
  bool room() const override { return mailbox_.room(); }
  void random(std::span<std::uint8_t> bytes) override {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) abort();  // without random bits nothing here is safe
  }

  // ---- the loop
  void watch(int descriptor, std::uint64_t tag) { control(EPOLL_CTL_ADD, descriptor, tag, EPOLLIN); }

  void control(int operation, int descriptor, std::uint64_t tag, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    epoll_ctl(epoll_, operation, descriptor, &event);
  }

  // Woken for each frame as well as JavaScript, it would only be in its way. Who has seen it look counts on one more look.
  // How long to wait.
  int stand_by() {
    const std::uint64_t now_ns = boot_time_ns();
    const bool stands_by = now_ns < stands_by_until_ns_.load(std::memory_order_relaxed);
    if (stands_by != std::exchange(stands_by_, stands_by)) control(EPOLL_CTL_MOD, arrivals_, kArrivalsTag, stands_by ? 0u : EPOLLIN);
    const bool looks = stands_by || now_ns < came_ns_.load(std::memory_order_relaxed) + kLookingNs;
    const bool looked = looks_.exchange(looks);
    if (looks) return kLookMs;
    return looked ? 0 : -1;
  }

  void link_notice(MessageNotice::Kind kind, std::uint8_t link_id) {
    MessageNotice notice;
    notice.kind = kind;
    notice.link = link_id;
    mailbox_.deliver(std::move(notice));
  }

  void carry_out(MessageCommand& command, std::uint64_t now_ns) {
    using Kind = MessageCommand::Kind;
    switch (command.kind) {
      case Kind::announce: return engine_.announce(command.payload);
      case Kind::contact: return engine_.contact(command.address, command.link, now_ns);
      case Kind::look_for: return engine_.look_for(command.node, now_ns);
      case Kind::send: return engine_.send(command.node, command.id, std::move(command.payload), now_ns, command.quiet);
      case Kind::ask: return engine_.ask(command.node, command.id);
      case Kind::forget: return engine_.forget(command.node);
      case Kind::prefer: return engine_.prefer(command.link);
      case Kind::open_link:
        for (std::size_t at = 0; at < command.links.size(); at++) sockets_.add(command.links[at], at > 0);
        engine_.add_link(command.link, command.links.front().group.family != AddressFamily::none);
        return open_missing(now_ns);
      case Kind::carry_beats: return engine_.carry_beats(command.link);
      case Kind::close_link:
        sockets_.remove(command.link);
        return engine_.remove_link(command.link, now_ns);
      case Kind::set_parameters: return engine_.set_parameters(command.parameters, now_ns);
      case Kind::set_keys: return engine_.set_keys(std::move(command.keys));
    }
  }

  void look_after_links(std::uint64_t now_ns) {
    reopen_ns_ = now_ns + kReopenNs;
    sockets_.close_vanished([this](std::uint8_t link_id) { link_notice(MessageNotice::Kind::interface_gone, link_id); });
    open_missing(now_ns);
  }

  void open_missing(std::uint64_t now_ns) {
    sockets_.open(nullptr, [this, now_ns](std::uint8_t link_id) {
      link_notice(MessageNotice::Kind::interface_back, link_id);
      engine_.link_opened(link_id, now_ns);
    });
  }

  void arm() {
    const std::uint64_t deadline_ns = std::min({engine_.next_deadline_ns(), reopen_ns_, mailbox_.quiet_deadline_ns()});
    const std::uint64_t armed_ns = armed_ns_.load(std::memory_order_relaxed);
    if (armed_ns != 0 && deadline_ns >= armed_ns) return;  // a tick too early costs less than to set the timer for each message
    armed_ns_.store(deadline_ns, std::memory_order_relaxed);
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000);
    if (deadline_ns == 0) when.it_value.tv_nsec = 1;
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
  }

  bool receive_all() {
    std::array<epoll_event, 2 * kLinksMax> ready;
    const int count = epoll_wait(arrivals_, ready.data(), static_cast<int>(ready.size()), 0);
    for (int index = 0; index < count; index++) receive_slot(ready[static_cast<std::size_t>(index)].data.u64);
    if (count == 0) return false;
    const std::uint64_t now_ns = boot_time_ns();
    came_ns_.store(now_ns, std::memory_order_relaxed);
    wakefulness_.came(now_ns);
    return true;
  }

  void receive_slot(std::size_t slot) {
    sockets_.receive(
        slot,
        [this](std::uint8_t link_id, bool discovery, std::span<std::uint8_t> frame, const LinkAddress& source) {
          engine_.receive(link_id, discovery, frame, source, boot_time_ns());
        },
        [this](std::uint8_t link_id) { link_notice(MessageNotice::Kind::interface_gone, link_id); });
  }

  void wake_javascript(std::uint64_t now_ns) {
    if (mailbox_.wake_due(now_ns)) wake_javascript_();
  }

  void work_off(std::deque<MessageCommand>& commands, std::uint64_t now_ns) {
    mailbox_.take(commands);
    for (MessageCommand& command : commands) carry_out(command, now_ns);
    commands.clear();
    engine_.tick(now_ns);
    sockets_.flush();
    wake_javascript(now_ns);
    arm();
  }

  void run() {
    std::deque<MessageCommand> commands;
    while (!stopping_.load(std::memory_order_acquire)) {
      std::array<epoll_event, 3> ready;
      const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), stand_by());
      bool arrivals = count == 0;
      for (int index = 0; index < count; index++) {
        const std::uint64_t tag = ready[static_cast<std::size_t>(index)].data.u64;
        std::uint64_t expirations = 0;
        if (tag == kTimerTag && read(timer_, &expirations, sizeof expirations) > 0) armed_ns_.store(0, std::memory_order_relaxed);
        if (tag == kWakeTag) wake_.clear();
        if (tag == kArrivalsTag) arrivals = true;
      }
      std::unique_lock lock(working_, std::defer_lock);
      if (!stands_by_) lock.lock();
      else if (!lock.try_lock()) continue;  // JavaScript does it, or the next look
      if (arrivals && receive_all() && stands_by_) stands_by_until_ns_.store(0, std::memory_order_relaxed);  // JavaScript does something else
      const std::uint64_t now_ns = boot_time_ns();
      wake_javascript(now_ns);  // first: what has come is worth more than that it has come
      if (now_ns >= reopen_ns_) look_after_links(now_ns);
      work_off(commands, now_ns);
      const bool awake = wakefulness_.wanted(now_ns);
      lock.unlock();
      wakefulness_.keep(awake);
    }
  }

  std::mutex working_;      // held by who works: the thread while it is awake, or JavaScript while it sends or receives
  Published published_;
  MessageThread::Wake wake_javascript_;
  Handover handover_;
  Wakefulness wakefulness_;
  MessageCounters counters_;
  Mailbox mailbox_;
  ::heartwire::Wake wake_;
  bool wake_held_ = false;  // JavaScript's side alone: commands wait, and the thread may sleep ...
  bool sends_only_ = true;  // ... and none of them is more than a message
  std::deque<MessageCommand> own_commands_;
  Descriptor epoll_;
  Descriptor arrivals_;     // an epoll, too: its sockets
  Descriptor timer_;
  MessageSockets sockets_;
  MessageEngine engine_;
  std::uint64_t reopen_ns_ = 0;
  std::atomic<std::uint64_t> armed_ns_{0};
  bool stands_by_ = false;             // the thread's: JavaScript is woken by what comes
  std::atomic<bool> looks_{false};     // so that nothing waits for more than kLookMs
  std::atomic<std::uint64_t> stands_by_until_ns_{0}, came_ns_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<MessageThread> MessageThread::start(const MessageOptions& options, std::shared_ptr<KeyRing> keys, Wake wake,
                                                    Handover handover, std::vector<LinkError>& problems) {
  if (!options.plain && keys == nullptr) {
    problems.push_back({EINVAL, "no keys, and authentication is not `none-insecure`"});
    return nullptr;
  }
  if (const ParameterRange* range = broken_range(options.parameters)) {
    problems.push_back({EINVAL, std::string(range->name) + " must be " + std::to_string(range->min) + " to " + std::to_string(range->max)});
    return nullptr;
  }
  auto courier = std::make_unique<Courier>(options, std::move(keys), std::move(wake), std::move(handover));
  if (!courier->begin(problems)) return nullptr;
  return courier;
}

}  // namespace heartwire
