// See address_world.h.
#include "test/address/address_world.h"

#include <arpa/inet.h>

#include <cerrno>

#include "core/net/interface_info.h"
#include "core/rt/clock.h"

namespace heartwire::test {

LinkAddress address_of(const std::string& text) {
  LinkAddress address;
  const bool v6 = text.find(':') != std::string::npos;
  address.family = v6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
  EXPECT_EQ(inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), address.bytes.data()), 1) << text;
  return address;
}

VirtualAddress virtual_address(const std::string& text, unsigned prefix_length, std::uint8_t seat, const std::string& interface) {
  return {seat, address_of(text), static_cast<std::uint8_t>(prefix_length), interface, "", 255};
}

AddressOptions AddressWorld::quick() {
  AddressOptions options;
  options.priority = 0;
  options.probe_ms = 0;
  return options;
}

void AddressWorld::start(AddressOptions options) {
  ThreadReport report;
  LinkError error;
  thread_ = AddressThread::start(options, [this](const AddressDone& done) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(done);
    return true;
  }, [] {}, report, error);
  ASSERT_NE(thread_, nullptr) << error.what << ": " << error.error_number;
}

void AddressWorld::TearDown() {
  thread_.reset();
  TwoHosts::TearDown();
}

void AddressWorld::order(bool open, std::uint64_t epoch, bool first_acquisition, std::uint8_t seat) {
  ++orders_;
  ASSERT_TRUE(thread_->order({seat, open, first_acquisition, epoch, boot_time_ns()}));
}

std::size_t AddressWorld::answer_count() {
  const std::lock_guard lock(mutex_);
  return answers_.size();
}

AddressDone AddressWorld::answer() {
  if (!eventually([&] { return answer_count() >= orders_; })) return {0, 0, false, true, ETIMEDOUT};
  const std::lock_guard lock(mutex_);
  return answers_[orders_ - 1];
}

std::vector<EngineEvent> AddressWorld::events(EventKind kind) {
  EngineEvent event;
  while (thread_->next_event(event)) events_.push_back(event);
  std::vector<EngineEvent> found;
  for (const EngineEvent& one : events_) {
    if (one.kind == kind) found.push_back(one);
  }
  return found;
}

bool AddressWorld::has_address(const std::string& text, const std::string& interface) {
  const auto info = interface_info(interface);
  if (!info) return false;
  for (const InterfaceAddress& one : info->addresses) {
    if (one.address.bytes == address_of(text).bytes) return true;
  }
  return false;
}

std::string AddressWorld::own_mac() {
  const std::string text = ip("-o link show dev wire0");
  return text.substr(text.find("link/ether ") + 11, 17);
}

std::string AddressWorld::neighbour_mac(const std::string& text) {
  std::string shown;
  there([&] { shown = ip("neigh show " + text + " dev wire0"); });
  const std::size_t at = shown.find("lladdr ");
  return at == std::string::npos ? "" : shown.substr(at + 7, 17);
}

}  // namespace heartwire::test
