// Real kernel objects for tests: network namespaces of our own, joined by veth pairs, so that nothing of the machine's
// network is touched. Needs root, or unprivileged user namespaces.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace heartwire::test {

// Enters a new namespace (with lo up) and comes back to the old one when it goes.
class NetworkNamespace {
 public:
  // Empty `reason`: there is one. The calling thread stays where it was.
  static bool possible(std::string& reason);
  NetworkNamespace();
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;
  // Runs `work` on this thread inside of it.
  void run(const std::function<void()>& work) const;
  // For `ip link set ... netns`.
  std::string path() const;

 private:
  int descriptor_ = -1;
};

// `ip ARGUMENTS` in the calling thread's namespace; returns what it printed, fails the test when it fails.
std::string ip(const std::string& arguments);
// The same for any program; `status` is its exit code.
std::string run_program(const std::string& command, int& status);

// More news of interfaces than a socket that is not read can hold, without a change of any that matters.
void flood_link_news();

// Two hosts on one wire: `here` (the thread under test runs in it during the test) and `there`. Interfaces wire0 in
// both: 10.9.0.1/24 and fd09::1/64 here, .2 and ::2 there; no other interface but lo.
class TwoHosts : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  void there(const std::function<void()>& work) const { there_->run(work); }

 private:
  int before_ = -1;
  std::unique_ptr<NetworkNamespace> here_, there_;
};

// Waits for a state, not for a time: true as soon as `state` holds, false after the deadline.
bool eventually(const std::function<bool()>& state, int deadline_ms = 20'000);

}  // namespace heartwire::test
