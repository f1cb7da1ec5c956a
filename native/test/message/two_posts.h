// Two real message threads in network namespaces of their own, joined by two veth networks: net0 is 10.8.0.0/24 and net1
// 10.8.1.0/24; a is .1, b is .2 on both.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/message/message_counters.h"
#include "core/message/message_thread.h"
#include "core/rt/wake.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {

// One node's message thread with the JavaScript side of it played by the test.
class Post {
 public:
  Post(const NetworkNamespace& space, const MessageOptions& options, std::shared_ptr<KeyRing> keys);
  // Takes what waits into `notices`; waits a little for more when there is nothing.
  void drain(int wait_ms = 0);
  std::size_t count(MessageNotice::Kind kind) const;
  std::size_t paths_handed_over();
  std::uint64_t counter(MessageCounter counter) const { return thread->counters()[static_cast<std::size_t>(counter)]; }
  std::uint64_t send(std::size_t bytes, std::uint16_t to = 0);

  Wake wake;
  std::mutex mutex;
  std::vector<SessionHandover> handovers;             // under mutex
  std::vector<std::unique_ptr<PeerSession>> sessions; // under mutex
  std::vector<LinkError> problems;
  std::vector<MessageNotice> notices;
  std::uint16_t peer_id;
  std::unique_ptr<MessageThread> thread;              // last: stops first
};

class TwoPosts : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;
  static MessageOptions options(std::uint16_t node_id, LinkKind kind = LinkKind::udp, AddressFamily family = AddressFamily::ipv4);
  void start(LinkKind kind = LinkKind::udp, AddressFamily family = AddressFamily::ipv4);
  // Announces until both know each other over both networks.
  bool meet(int deadline_ms = 20'000);
  // Drains both until `state` holds.
  bool until(const std::function<bool()>& state, int deadline_ms = 20'000);
  void silence(const std::string& interface, bool silent);  // no carrier lost, nothing comes through
  void make_network(int number);

  std::unique_ptr<NetworkNamespace> space_a, space_b;
  std::unique_ptr<Post> a, b;
};

}  // namespace heartwire::test
