// See address_thread.h; what is done is in address_keeper.cc, here is only the waiting and the rings.
#include "core/address/address_thread.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <thread>

#include "core/address/address_keeper.h"
#include "core/address/address_request.h"
#include "core/guard/guardian_page.h"
#include "core/rt/clock.h"
#include "core/rt/ring.h"
#include "core/rt/wake.h"

namespace heartwire {

namespace {

constexpr std::size_t kOrdersMax = 256;
constexpr std::uint64_t kAnswerAgainNs = 1'000'000;

AddressOptions checked(AddressOptions options) {
  options.probe_ms = std::min(options.probe_ms, 10'000u);
  return options;
}

}  // namespace

struct AddressThread::Parts {
  Parts(const AddressOptions& chosen, Answer to_engine, Notify to_people);
  ~Parts();
  int open();
  void run();
  void wait_on(int descriptor);
  void arm();
  void take_addresses();
  void fetch_orders();
  void take_orders();
  bool overruled(std::uint8_t seat);
  void give_answers();

  const AddressOptions options;
  const Answer answer;
  const Notify notify;
  Ring<AddressOrder> orders{kOrdersMax};                    // from the beat thread
  Ring<std::vector<VirtualAddress>*> configurations{64};    // from JavaScript
  Ring<EngineEvent> events{1024};                           // to JavaScript
  Wake wake;
  std::atomic<std::uint8_t> on_standby{0};
  std::atomic<bool> stopping{false};
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  // The thread's own once it runs:
  std::vector<AddressOrder> inbox;
  std::size_t inbox_read = 0;
  std::deque<AddressDone> answers;                          // that the beat thread's ring has not taken yet
  AddressKeeper keeper;
  std::thread thread;
};

AddressThread::Parts::Parts(const AddressOptions& chosen, Answer to_engine, Notify to_people)
    : options(checked(chosen)), answer(std::move(to_engine)), notify(std::move(to_people)),
      keeper(options, {.answer = [this](const AddressDone& done) { answers.push_back(done); give_answers(); },
                       .report = [this](const EngineEvent& event) { events.push(event); notify(); },
                       .overruled = [this](std::uint8_t seat) { return overruled(seat); },
                       .wait_on = [this](int descriptor) { wait_on(descriptor); }}) {
  inbox.reserve(2 * kOrdersMax);
}

AddressThread::Parts::~Parts() {
  std::vector<VirtualAddress>* configuration = nullptr;
  while (configurations.pop(configuration)) delete configuration;
  if (timer >= 0) close(timer);
  if (epoll >= 0) close(epoll);
}

int AddressThread::Parts::open() {
  if (epoll < 0 || timer < 0 || wake.descriptor() < 0) return EMFILE;
  wait_on(timer);
  wait_on(wake.descriptor());
  return keeper.open();
}

void AddressThread::Parts::wait_on(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);  // EEXIST: is watched already
}

void AddressThread::Parts::arm() {
  std::uint64_t deadline_ns = keeper.next_deadline_ns();
  if (!answers.empty()) deadline_ns = std::min(deadline_ns, boot_time_ns() + kAnswerAgainNs);
  itimerspec when{};
  if (deadline_ns != UINT64_MAX) {
    when.it_value.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000 + (deadline_ns == 0));
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr);
}

void AddressThread::Parts::take_addresses() {
  std::vector<VirtualAddress>* configuration = nullptr;
  while (configurations.pop(configuration)) {
    keeper.set_addresses(std::move(*configuration), boot_time_ns());
    delete configuration;
  }
}

void AddressThread::Parts::fetch_orders() {
  AddressOrder order{};
  while (orders.pop(order)) inbox.push_back(order);
}

bool AddressThread::Parts::overruled(std::uint8_t seat) {
  fetch_orders();
  return std::any_of(inbox.begin() + static_cast<std::ptrdiff_t>(inbox_read), inbox.end(),
                     [seat](const AddressOrder& order) { return order.seat == seat && !order.asks; });
}

// In their order, but only the last one of each seat is carried out: an address that was ordered on and off while the
// kernel kept us waiting must not appear for a moment.
void AddressThread::Parts::take_orders() {
  fetch_orders();
  while (inbox_read < inbox.size()) {
    const AddressOrder order = inbox[inbox_read++];
    if (overruled(order.seat)) keeper.answer_overtaken(order);
    else keeper.carry_out(order, boot_time_ns());
  }
  inbox.clear();
  inbox_read = 0;
}

void AddressThread::Parts::give_answers() {
  while (!answers.empty() && answer(answers.front())) answers.pop_front();
}

void AddressThread::Parts::run() {
  const GuardianLife life(options.guardian, LifeOf::address_thread);
  std::array<epoll_event, 8> ready;
  while (!stopping.load(std::memory_order_acquire)) {
    arm();
    epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    wake.clear();
    take_addresses();  // an order that was given after them means them too
    keeper.use_standby(on_standby.load(std::memory_order_acquire), boot_time_ns());
    take_orders();     // before all else: an order is a takeover
    give_answers();
    std::uint64_t expirations = 0;
    [[maybe_unused]] const auto expired = read(timer, &expirations, sizeof expirations);
    keeper.hear_kernel(boot_time_ns());
    keeper.hear_neighbours(boot_time_ns());
    keeper.on_time(boot_time_ns());
    give_answers();
  }
  if (options.keep_on_stop) take_orders();
  else keeper.close_all();
  give_answers();
}

AddressThread::AddressThread(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

std::unique_ptr<AddressThread> AddressThread::start(const AddressOptions& options, Answer answer, Notify notify,
                                                    ThreadReport& report, LinkError& error) {
  auto parts = std::make_unique<Parts>(options, std::move(answer), std::move(notify));
  if (const int refused = parts->open(); refused != 0) {
    error = {refused, "rtnetlink for addresses"};
    return nullptr;
  }
  Parts* running = parts.get();
  const ThreadOptions thread{"hw-address", options.priority, options.affinity, false};
  parts->thread = start_thread(thread, [running] { running->run(); }, report);
  if (!parts->thread.joinable()) {
    error = {EAGAIN, "address thread: " + report.reason};
    return nullptr;
  }
  return std::unique_ptr<AddressThread>(new AddressThread(std::move(parts)));
}

AddressThread::~AddressThread() { stop(); }

void AddressThread::stop() {
  if (!parts_->thread.joinable()) return;
  parts_->stopping.store(true, std::memory_order_release);
  parts_->wake.signal();
  parts_->thread.join();
}

bool AddressThread::order(const AddressOrder& order) {
  const bool taken = parts_->orders.push(order);
  parts_->wake.signal();
  return taken;
}

void AddressThread::use_standby(std::uint8_t networks) {
  parts_->on_standby.store(networks, std::memory_order_release);
  parts_->wake.signal();
}

std::string AddressThread::set_addresses(std::vector<VirtualAddress> addresses) {
  if (std::string wrong = check_addresses(addresses); !wrong.empty()) return wrong;
  auto configuration = std::make_unique<std::vector<VirtualAddress>>(std::move(addresses));
  if (!parts_->configurations.push(configuration.get())) return "the address thread is busy: too many changes at once";
  configuration.release();
  parts_->wake.signal();
  return "";
}

bool AddressThread::next_event(EngineEvent& event) { return parts_->events.pop(event); }
std::uint64_t AddressThread::events_dropped() const { return parts_->events.dropped(); }

}  // namespace heartwire
