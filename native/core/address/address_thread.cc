// See address_thread.h; what is done is in address_keeper.cc, here is only the waiting.
#include "core/address/address_thread.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "core/address/address_keeper.h"
#include "core/rt/clock.h"
#include "core/rt/ring.h"
#include "core/rt/thread.h"
#include "core/rt/wake.h"

namespace heartwire {

struct AddressThread::Parts {
  Parts(const AddressOptions& chosen, Answer to_engine, Notify to_people)
      : options(chosen), answer(std::move(to_engine)), notify(std::move(to_people)),
        keeper(chosen, [this](const AddressDone& done) { answers.push_back(done); give_answers(); },
               [this](const EngineEvent& event) { events.push(event); notify(); }) {}

  ~Parts() {
    for (const int descriptor : {epoll, timer, news}) {
      if (descriptor >= 0) close(descriptor);
    }
  }
  void run();
  void give_answers();
  void take_orders();
  void take_kernel_news();
  void watch_ports();
  void arm();

  const AddressOptions options;
  const Answer answer;
  const Notify notify;
  std::deque<AddressDone> answers;     // not yet taken by the beat thread's ring
  Ring<AddressOrder> orders{256};
  Ring<EngineEvent> events{1024};
  AddressKeeper keeper;                // the thread's own, once it runs
  Wake wake;
  int epoll = -1, timer = -1, news = -1;
  std::atomic<bool> stopping{false};
  std::mutex mutex;                    // JavaScript's side only: configuration and giving up
  std::optional<std::vector<VirtualAddress>> next_addresses;
  std::thread thread;
};

void AddressThread::Parts::watch_ports() {
  if (!keeper.ports_changed()) return;
  for (const auto& [name, port] : keeper.ports()) {
    if (port == nullptr) continue;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = port->descriptor();
    epoll_ctl(epoll, EPOLL_CTL_ADD, port->descriptor(), &event);  // EEXIST: watched already
  }
}

void AddressThread::Parts::take_orders() {
  AddressOrder order{};
  while (orders.pop(order)) keeper.carry_out(order, boot_time_ns());
  std::unique_lock lock(mutex);
  if (next_addresses) {
    std::vector<VirtualAddress> addresses = std::move(*next_addresses);
    next_addresses.reset();
    lock.unlock();
    keeper.set_addresses(std::move(addresses), boot_time_ns());
  }
}

void AddressThread::Parts::give_answers() {
  while (!answers.empty() && answer(answers.front())) answers.pop_front();
}

void AddressThread::Parts::take_kernel_news() {
  alignas(8) std::array<std::uint8_t, 16384> buffer;
  ssize_t got = 0;
  while ((got = recv(news, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
    std::span<const std::uint8_t> data = std::span<const std::uint8_t>(buffer).first(static_cast<std::size_t>(got));
    NetlinkNews message;
    while (next_netlink_message(data, message)) keeper.on_kernel_news(message, boot_time_ns());
  }
  for (const auto& [name, port] : keeper.ports()) {
    if (port == nullptr) continue;
    while (const auto heard = port->next()) keeper.on_holder_heard(*port, *heard, boot_time_ns());
  }
}

void AddressThread::Parts::arm() {
  std::uint64_t deadline_ns = keeper.next_deadline_ns();
  if (!answers.empty()) deadline_ns = std::min(deadline_ns, boot_time_ns() + 1'000'000);
  itimerspec when{};
  if (deadline_ns != UINT64_MAX) {
    when.it_value.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000 + (deadline_ns == 0));
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr);
}

void AddressThread::Parts::run() {
  std::array<epoll_event, 8> ready;
  while (!stopping.load(std::memory_order_acquire)) {
    watch_ports();
    arm();
    epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    std::uint64_t count = 0;
    wake.clear();
    take_orders();  // first: an order is a takeover
    give_answers();
    [[maybe_unused]] const auto expired = read(timer, &count, sizeof count);
    take_kernel_news();
    if (boot_time_ns() >= keeper.next_deadline_ns()) keeper.on_time(boot_time_ns());
  }
  if (!options.keep_on_stop) keeper.close_all(boot_time_ns());
}

AddressThread::AddressThread(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

std::unique_ptr<AddressThread> AddressThread::start(const AddressOptions& options, Answer answer, Notify notify,
                                                    ThreadReport& report, LinkError& error) {
  auto parts = std::make_unique<Parts>(options, std::move(answer), std::move(notify));
  parts->epoll = epoll_create1(EPOLL_CLOEXEC);
  parts->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  parts->news = open_netlink(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  if (parts->news < 0) {
    error = {-parts->news, "rtnetlink socket for addresses"};
    return nullptr;
  }
  for (const int descriptor : {parts->timer, parts->news, parts->wake.descriptor()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(parts->epoll, EPOLL_CTL_ADD, descriptor, &event);
  }
  Parts* running = parts.get();
  parts->thread = start_thread({"hw-address", options.priority, options.affinity}, [running] { running->run(); }, report);
  return std::unique_ptr<AddressThread>(new AddressThread(std::move(parts)));
}

AddressThread::~AddressThread() {
  parts_->stopping.store(true, std::memory_order_release);
  parts_->wake.signal();
  parts_->thread.join();
}

bool AddressThread::order(const AddressOrder& order) {
  const bool taken = parts_->orders.push(order);
  parts_->wake.signal();
  return taken;
}

std::string AddressThread::set_addresses(std::vector<VirtualAddress> addresses) {
  std::array<std::size_t, kSeatsMax> count{};
  for (const VirtualAddress& address : addresses) {
    const bool v4 = address.address.family == AddressFamily::ipv4;
    if (address.seat >= kSeatsMax) return "seat " + std::to_string(address.seat) + " does not exist";
    if (!v4 && address.address.family != AddressFamily::ipv6) return "an address is neither IPv4 nor IPv6";
    if (address.prefix_length < 1 || address.prefix_length > (v4 ? 32 : 128)) return "prefix length out of range";
    if (++count[address.seat] > kAddressesPerSeat) return "more than " + std::to_string(kAddressesPerSeat) + " addresses in a seat";
  }
  {
    const std::lock_guard lock(parts_->mutex);
    parts_->next_addresses = std::move(addresses);
  }
  parts_->wake.signal();
  return "";
}

bool AddressThread::next_event(EngineEvent& event) { return parts_->events.pop(event); }
std::uint64_t AddressThread::events_dropped() const { return parts_->events.dropped(); }

}  // namespace heartwire
