// See two_posts.h.
#include "test/message/two_posts.h"

#include <poll.h>

#include <algorithm>
#include <fstream>

#include "core/rt/clock.h"

namespace heartwire::test {

Post::Post(const NetworkNamespace& space, const MessageOptions& options, std::shared_ptr<KeyRing> keys)
    : peer_id(static_cast<std::uint16_t>(3 - options.node_id)) {
  const auto handover = [this](const SessionHandover& given) {
    const std::lock_guard lock(mutex);
    handovers.push_back(given);
    if (given.session != nullptr) sessions.emplace_back(given.session);
    return true;
  };
  space.run([&] { thread = MessageThread::start(options, std::move(keys), [this] { wake.signal(); }, handover, problems); });
}

void Post::drain(int wait_ms) {
  pollfd waiting{wake.descriptor(), POLLIN, 0};
  if (poll(&waiting, 1, wait_ms) > 0) wake.clear();
  MessageNotice notice;
  while (thread->next_notice(notice)) notices.push_back(std::move(notice));
}

std::size_t Post::count(MessageNotice::Kind kind) const {
  return static_cast<std::size_t>(std::count_if(notices.begin(), notices.end(), [kind](const MessageNotice& notice) { return notice.kind == kind; }));
}

std::size_t Post::paths_handed_over() {
  const std::lock_guard lock(mutex);
  return static_cast<std::size_t>(std::count_if(handovers.begin(), handovers.end(), [](const SessionHandover& given) { return given.path; }));
}

std::uint64_t Post::send(std::size_t bytes, std::uint16_t to) {
  MessageThread::Refusal why;
  const std::vector<std::uint8_t> payload(bytes, 7);
  return thread->send(to == 0 ? peer_id : to, payload, why);
}

void TwoPosts::make_network(int number) {
  const std::string name = "net" + std::to_string(number), prefix = std::to_string(number) + ".";
  // Link-local addresses without two seconds of duplicate detection.
  const auto no_detection = [] { std::ofstream("/proc/sys/net/ipv6/conf/default/accept_dad") << 0; };
  space_a->run(no_detection);
  space_b->run(no_detection);
  space_a->run([&] { ip("link add " + name + " type veth peer name " + name + " netns " + space_b->path()); });
  const auto configure = [&](const std::string& host) {
    ip("addr add 10.8." + prefix + host + "/24 dev " + name);
    ip("link set " + name + " up");
  };
  space_b->run([&] { configure("2"); });
  space_a->run([&] { configure("1"); });
}

void TwoPosts::SetUp() {
  std::string reason;
  if (!NetworkNamespace::possible(reason)) GTEST_SKIP() << reason;
  space_a = std::make_unique<NetworkNamespace>();
  space_b = std::make_unique<NetworkNamespace>();
  make_network(0);
  make_network(1);
}

void TwoPosts::TearDown() {
  a.reset();
  b.reset();
  space_a.reset();
  space_b.reset();
}

MessageOptions TwoPosts::options(std::uint16_t node_id, LinkKind kind, AddressFamily family) {
  MessageOptions options;
  options.cluster_id = 5;
  options.node_id = node_id;
  options.self.boot = 1000;
  options.self.salt.fill(static_cast<std::uint8_t>(node_id));
  options.self.beat_port = 6001;
  options.self.message_port = 6002;
  for (std::uint8_t link_id = 0; link_id < 2; link_id++) {
    LinkOptions link;
    link.kind = kind;
    link.link_id = link_id;
    link.interface = "net" + std::to_string(link_id);
    link.family = family;
    link.port = 6002;
    link.ether_type = 0x88B6;
    options.message_links.push_back(link);
    link.port = 6003;
    link.broadcast = true;
    if (kind == LinkKind::udp) options.discovery_links.push_back(link);
  }
  return options;
}

void TwoPosts::start(LinkKind kind, AddressFamily family) {
  const std::vector<std::uint8_t> key(32, 9);
  const KeyRing::Entry entry{1, key};
  std::string why;
  a = std::make_unique<Post>(*space_a, options(1, kind, family), KeyRing::build(std::span(&entry, 1), why));
  b = std::make_unique<Post>(*space_b, options(2, kind, family), KeyRing::build(std::span(&entry, 1), why));
  ASSERT_NE(a->thread, nullptr) << (a->problems.empty() ? "" : a->problems.back().what);
  ASSERT_NE(b->thread, nullptr);
  ASSERT_TRUE(a->problems.empty()) << a->problems[0].what;
}

bool TwoPosts::until(const std::function<bool()>& state, int deadline_ms) {
  const std::uint64_t until_ns = boot_time_ns() + static_cast<std::uint64_t>(deadline_ms) * 1'000'000;
  while (true) {
    a->drain(1);
    b->drain();
    if (state()) return true;
    if (boot_time_ns() > until_ns) return false;
  }
}

bool TwoPosts::meet(int deadline_ms) {
  const std::uint8_t hello[] = {'h', 'i'};
  std::uint64_t announced_ns = 0;
  return until([&] {
    using Kind = MessageNotice::Kind;
    if (boot_time_ns() - announced_ns > 200'000'000) {  // addresses may be young: an IPv6 one is unusable at first
      announced_ns = boot_time_ns();
      a->thread->announce(hello);
      b->thread->announce(hello);
    }
    return a->count(Kind::session_path) >= 2 && b->count(Kind::session_path) >= 2 && a->count(Kind::announce) > 0 && b->count(Kind::announce) > 0;
  }, deadline_ms);
}

void TwoPosts::silence(const std::string& interface, bool silent) {
  const std::string begin = "add table inet quiet; add chain inet quiet in { type filter hook input priority 0; }; "
                            "add chain inet quiet out { type filter hook output priority 0; }; add rule inet quiet in iifname ";
  const std::string rules = silent ? begin + interface + " drop; add rule inet quiet out oifname " + interface + " drop" : "delete table inet quiet";
  space_b->run([&] {
    int status = 0;
    const std::string output = run_program("nft '" + rules + "'", status);
    EXPECT_EQ(status, 0) << output;
  });
}

}  // namespace heartwire::test
