// What the guardian, and an owner without a kernel guard, rely on: once an address is off its interface nothing leaves from it,
// whatever is still open in a process that was stopped or killed (safety.md, 'The guardian').
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

constexpr int kSilenceMs = 300;  // a retransmission comes sooner

class RemovalTest : public TwoHosts {
 protected:
  void SetUp() override {
    TwoHosts::SetUp();
    if (!IsSkipped()) ip("address add 10.9.0.100/24 dev wire0");
  }
  void TearDown() override {
    for (const int descriptor : {client_, server_}) close(descriptor);
    TwoHosts::TearDown();
  }

  // A socket at `host` of 10.9.0.0/24, in the calling thread's namespace.
  static int socket_at(int type, const char* host) {
    const int descriptor = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const sockaddr_in at = address(host, 0);
    EXPECT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    return descriptor;
  }
  static sockaddr_in address(const char* host, in_port_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = port;
    EXPECT_EQ(inet_pton(AF_INET, host, &result.sin_addr), 1);
    return result;
  }
  static in_port_t port_of(int descriptor) {
    sockaddr_in at{};
    socklen_t length = sizeof at;
    EXPECT_EQ(getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &length), 0);
    return at.sin_port;
  }
  bool client_hears(int within_ms) const {
    pollfd waiting{client_, POLLIN, 0};
    char byte = 0;
    return poll(&waiting, 1, within_ms) == 1 && recv(client_, &byte, 1, 0) == 1;
  }

  int client_ = -1, server_ = -1;
};

TEST_F(RemovalTest, SilencesAnEstablishedConnection) {
  const int listener = socket_at(SOCK_STREAM, "10.9.0.100");
  ASSERT_EQ(listen(listener, 1), 0);
  const sockaddr_in to = address("10.9.0.100", port_of(listener));
  there([&] {
    client_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(client_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  });
  ASSERT_FALSE(HasFailure()) << "nobody would come";
  server_ = accept(listener, nullptr, nullptr);
  close(listener);
  ASSERT_EQ(send(server_, "1", 1, MSG_NOSIGNAL), 1);
  ASSERT_TRUE(client_hears(20'000));
  ip("address del 10.9.0.100/24 dev wire0");
  send(server_, "2", 1, MSG_NOSIGNAL);
  EXPECT_FALSE(client_hears(kSilenceMs));
}

TEST_F(RemovalTest, SilencesASocketThatIsBoundToIt) {
  server_ = socket_at(SOCK_DGRAM, "10.9.0.100");
  there([&] { client_ = socket_at(SOCK_DGRAM, "10.9.0.2"); });
  const sockaddr_in to = address("10.9.0.2", port_of(client_));
  ASSERT_EQ(sendto(server_, "1", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 1);
  ASSERT_TRUE(client_hears(20'000));
  ip("address del 10.9.0.100/24 dev wire0");
  sendto(server_, "2", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  EXPECT_FALSE(client_hears(kSilenceMs));
}

}  // namespace
}  // namespace heartwire::test
