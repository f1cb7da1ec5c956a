// An address thread on the wire of TwoHosts, with its answers and events at hand.
#pragma once
#include <atomic>
#include <mutex>
#include <vector>

#include "core/address/address_thread.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {

LinkAddress address_of(const std::string& text);
VirtualAddress virtual_address(const std::string& text, unsigned prefix_length, std::uint8_t seat = 0,
                               const std::string& interface = "wire0");

class AddressWorld : public TwoHosts {
 protected:
  void start(AddressOptions options = quick());
  void stop() { thread_.reset(); }
  void TearDown() override;
  // No probe, ordinary scheduling.
  static AddressOptions quick();

  void order(bool open, std::uint64_t epoch, bool first_acquisition = false, std::uint8_t seat = 0);
  // The answer to the order given last, or a failed one with error ETIMEDOUT.
  AddressDone answer();
  // Events of this kind so far.
  std::vector<EngineEvent> events(EventKind kind);
  // Is it on this interface, in the calling thread's namespace?
  static bool has_address(const std::string& text, const std::string& interface = "wire0");
  // The MAC that the other host has for this address, and that of wire0 here.
  std::string neighbour_mac(const std::string& text);
  static std::string own_mac();

  AddressThread& thread() { return *thread_; }
  std::size_t answer_count();

 private:
  std::unique_ptr<AddressThread> thread_;
  std::mutex mutex_;
  std::vector<AddressDone> answers_;
  std::size_t orders_ = 0;
  std::vector<EngineEvent> events_;
};

}  // namespace heartwire::test
