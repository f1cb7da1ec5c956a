// What does one node with many peers cost, and does it keep its time? Three programs for bench/scale.ts, which puts them
// on two nodes of a stage: the beat thread as it ships, with sessions that were prepared (`node`); the bare floor, which
// sends and answers as many frames of the same lengths and does nothing else (`floor`); and all the peers in one (`peers`).
//
//   scale_bench node|floor PEERS SECONDS THEIRS0 THEIRS1     one line of JSON
//   scale_bench peers PEERS THEIRS0 THEIRS1                  until it is ended
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "core/heartbeat/beat_thread.h"
#include "core/rt/clock.h"
#include "core/rt/histogram.h"
#include "core/wire/beat.h"
#include "core/wire/key_ring.h"
#include "core/wire/session_builder.h"

namespace {

using namespace heartwire;

constexpr std::uint16_t kPort = 29'600;
constexpr std::uint16_t kNode = 1;  // peers are 2 and up
constexpr std::uint8_t kNetworks = 2;
constexpr std::uint64_t kCluster = 7, kBoot = 1;
constexpr std::uint64_t kIntervalNs = 100'000'000;
constexpr std::uint64_t kSlices = 10;  // of an interval: real peers have a phase each
constexpr int kPriority = 50;
constexpr int kBatchesPerTurn = 4;     // as the beat thread

using Addresses = std::array<LinkAddress, kNetworks>;
using Links = std::array<std::unique_ptr<Link>, kNetworks>;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

Addresses read_addresses(char** words) {
  Addresses addresses;
  for (std::size_t network = 0; network < kNetworks; ++network) {
    addresses[network].family = AddressFamily::ipv4;
    addresses[network].port = kPort;
    if (inet_pton(AF_INET, words[network], addresses[network].bytes.data()) != 1) fail("not an IPv4 address");
  }
  return addresses;
}

LinkOptions link_options(std::uint8_t network) {
  LinkOptions options;
  options.link_id = network;
  options.interface = "net" + std::to_string(network);
  options.port = kPort;
  options.receive_buffer_bytes = 8 << 20;
  return options;
}

Links open_links() {
  Links links;
  for (std::uint8_t network = 0; network < kNetworks; ++network) {
    LinkError error;
    links[network] = open_link(link_options(network), error);
    if (links[network] == nullptr) fail(error.what);
  }
  return links;
}

std::unique_ptr<PeerSession> session(std::uint16_t self, std::uint16_t peer) {
  static const std::array<std::uint8_t, 32> key{1, 2, 3};
  static std::string why;
  static const KeyRing::Entry entry{1, key};
  static const std::shared_ptr<KeyRing> ring = KeyRing::build({&entry, 1}, why);
  const auto introduction = [](std::uint16_t node) {
    Introduction made;
    made.boot = kBoot;
    made.salt.fill(static_cast<std::uint8_t>(node));
    return made;
  };
  auto made = build_session(ring.get(), KeyRole::beat_1, {self, introduction(self), peer, introduction(peer)}, 3);
  if (made == nullptr) fail("no session: " + why);
  return made;
}

std::size_t write_frame(FrameType type, std::uint8_t network, std::uint16_t from, std::uint16_t to, std::uint64_t sequence,
                        std::span<const std::uint8_t> body, Sealer* sealer, std::span<std::uint8_t> frame) {
  FrameHeader header;
  header.type = type;
  header.key_id = 1;
  header.link_id = network;
  header.cluster_id = kCluster;
  header.sender_id = from;
  header.receiver_id = to;
  header.body_length = static_cast<std::uint16_t>(body.size());
  header.sender_boot = header.receiver_boot = kBoot;
  header.sequence = sequence;
  encode_header(header, frame);
  std::copy(body.begin(), body.end(), frame.begin() + kHeaderBytes);
  return sealer == nullptr ? frame_bytes(header) : sealer->seal(frame, header, false);
}

std::size_t beat_body(std::span<std::uint8_t> body) {
  Beat beat;
  beat.sent_ns = boot_time_ns();
  beat.interval_us = 100'000;
  beat.timeout_us = 1'000'000;
  return encode_beat(beat, body);
}

// Answers every beat, and beats itself.
class Answerer {
 public:
  Answerer(Links& links, const Addresses& theirs) : links_(links), theirs_(theirs) {}
  virtual ~Answerer() = default;

  void beat(std::uint16_t from, std::uint16_t to, std::span<const std::uint8_t> body) {
    for (std::uint8_t network = 0; network < kNetworks; ++network) send(FrameType::beat, network, from, to, body);
  }
  void drain() {
    for (std::uint8_t network = 0; network < kNetworks; ++network) {
      for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
        bool gone = false;
        const unsigned count = links_[network]->receive(frames_, gone);
        for (unsigned index = 0; index < count; ++index) answer(network, frames_[index].bytes);
        if (count < frames_.size()) break;
      }
    }
    flush();
  }
  void flush() {
    for (auto& link : links_) link->flush();
  }
  // Until `due_ns`: what comes is answered.
  void serve(std::uint64_t due_ns) {
    std::array<pollfd, kNetworks> waiting{};
    for (std::size_t network = 0; network < kNetworks; ++network) waiting[network] = {links_[network]->descriptor(), POLLIN, 0};
    for (std::uint64_t now_ns = boot_time_ns(); now_ns < due_ns; now_ns = boot_time_ns()) {
      const timespec patience{static_cast<time_t>((due_ns - now_ns) / 1'000'000'000), static_cast<long>((due_ns - now_ns) % 1'000'000'000)};
      if (ppoll(waiting.data(), waiting.size(), &patience, nullptr) > 0) drain();
    }
  }

 protected:
  virtual Sealer* sealer(std::uint16_t, std::uint8_t) { return nullptr; }

 private:
  void answer(std::uint8_t network, std::span<const std::uint8_t> frame) {
    FrameHeader header;
    Beat beat;
    if (decode_header(frame, header) != Reject::none || header.type != FrameType::beat) return;
    if (!decode_beat(frame.subspan(kHeaderBytes, header.body_length), beat)) return;
    Ack ack;
    ack.echo_sequence = header.sequence;
    ack.echo_sent_ns = beat.sent_ns;
    std::array<std::uint8_t, 256> body;
    send(FrameType::ack, network, header.receiver_id, header.sender_id, std::span(body).first(encode_ack(ack, body)));
  }
  void send(FrameType type, std::uint8_t network, std::uint16_t from, std::uint16_t to, std::span<const std::uint8_t> body) {
    std::array<std::uint8_t, kFrameBytesMax> frame;
    const std::size_t bytes = write_frame(type, network, from, to, ++sequence_, body, sealer(from, network), frame);
    links_[network]->stage(theirs_[network], std::span(frame).first(bytes));
  }

  Links& links_;
  const Addresses& theirs_;
  std::uint64_t sequence_ = boot_time_ns();  // grows over the starts of this program, which are one boot
  std::array<ReceivedFrame, 64> frames_;
};

class Peers final : public Answerer {
 public:
  Peers(Links& links, const Addresses& theirs, std::uint16_t count) : Answerer(links, theirs) {
    for (std::uint16_t index = 0; index < count; ++index) sessions_.push_back(session(kNode + 1 + index, kNode));
  }

 protected:
  Sealer* sealer(std::uint16_t from, std::uint8_t network) override {
    const std::size_t index = from - kNode - 1u;
    return index < sessions_.size() ? sessions_[index]->paths[network].send.get() : nullptr;
  }

 private:
  std::vector<std::unique_ptr<PeerSession>> sessions_;
};

void be_peers(std::uint16_t count, const Addresses& theirs) {
  Links links = open_links();
  Peers peers(links, theirs, count);
  std::puts("ready");
  std::fflush(stdout);
  std::array<std::uint8_t, 256> body;
  std::uint64_t due_ns = boot_time_ns();
  for (std::uint64_t slice = 0;; slice = (slice + 1) % kSlices) {
    for (std::uint64_t index = slice; index < count; index += kSlices) {
      peers.beat(static_cast<std::uint16_t>(kNode + 1 + index), kNode, std::span(body).first(beat_body(body)));
    }
    peers.flush();
    peers.serve(due_ns += kIntervalNs / kSlices);
  }
}

struct Reading {
  std::uint64_t cpu_ns = 0, sent = 0, received = 0;
};

void print(const char* what, std::uint16_t peers, double seconds, const Reading& from, const Reading& to, std::uint64_t p50_ns,
           std::uint64_t p99_ns, std::uint64_t max_ns, std::uint64_t up) {
  std::printf("{\"what\":\"%s\",\"peers\":%u,\"seconds\":%.3f,\"cpuNs\":%llu,\"sent\":%llu,\"received\":%llu,\"lateP50Ns\":%llu,\"lateP99Ns\":%llu,"
              "\"lateMaxNs\":%llu,\"up\":%llu}\n",
              what, peers, seconds, static_cast<unsigned long long>(to.cpu_ns - from.cpu_ns), static_cast<unsigned long long>(to.sent - from.sent),
              static_cast<unsigned long long>(to.received - from.received), static_cast<unsigned long long>(p50_ns),
              static_cast<unsigned long long>(p99_ns), static_cast<unsigned long long>(max_ns), static_cast<unsigned long long>(up));
}

void be_floor(std::uint16_t count, double seconds, const Addresses& theirs) {
  sched_param parameters{};
  parameters.sched_priority = kPriority;
  if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) std::perror("SCHED_FIFO");
  Links links = open_links();
  Answerer floor(links, theirs);
  Histogram late;
  const auto read = [&] {
    timespec cpu{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    Reading reading{static_cast<std::uint64_t>(cpu.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(cpu.tv_nsec), 0, 0};
    for (const auto& link : links) {
      reading.sent += link->counters().sent;
      reading.received += link->counters().received;
    }
    return reading;
  };
  std::array<std::uint8_t, 256> body;
  const std::uint64_t warm = 10, turns = warm + static_cast<std::uint64_t>(seconds * 1e9 / kIntervalNs);
  Reading began;
  std::uint64_t due_ns = boot_time_ns();
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    if (turn == warm) began = read();
    if (turn >= warm) late.add(boot_time_ns() - due_ns);
    const auto beat = std::span(body).first(beat_body(body));
    for (std::uint16_t index = 0; index < count; ++index) floor.beat(kNode, static_cast<std::uint16_t>(kNode + 1 + index), beat);
    floor.flush();
    floor.serve(due_ns += kIntervalNs);
  }
  print("floor", count, static_cast<double>(turns - warm) * kIntervalNs / 1e9, began, read(), late.quantile(0.5), late.quantile(0.99), late.max(), count);
}

// Nanoseconds that the thread of this name was on a CPU, from the scheduler's own account.
std::uint64_t thread_cpu_ns(const std::string& name) {
  for (int thread = getpid(); thread < getpid() + 1000; ++thread) {
    const std::string folder = "/proc/self/task/" + std::to_string(thread);
    std::string comm;
    std::uint64_t cpu_ns = 0;
    if (!std::getline(std::ifstream(folder + "/comm"), comm) || comm != name) continue;
    std::ifstream(folder + "/schedstat") >> cpu_ns;
    return cpu_ns;
  }
  fail("no thread " + name);
}

void introduce(BeatThread& thread, std::uint16_t count, const Addresses& theirs) {
  EngineCommand command;
  command.kind = CommandKind::set_timing;
  command.timing = {100'000, 1'000'000, 0, NicPolicy::last};
  thread.command(command);
  for (std::uint16_t peer = kNode + 1; peer < kNode + 1 + count; ++peer) {
    command.kind = CommandKind::set_peer;
    command.peer = {peer, true, true, 0, 0};
    if (!thread.command(command)) fail("command ring full");
    thread.handover({session(kNode, peer).release(), peer, 0, theirs[0], true});
    thread.handover({nullptr, peer, 1, theirs[1], true});
  }
}

std::uint64_t peers_up(const StatisticsPage& page) {
  std::uint64_t up = 0;
  for (const PagePeer& peer : page.peers) up += peer.up.get();
  return up;
}

void be_node(std::uint16_t count, double seconds, const Addresses& theirs) {
  BeatOptions options;
  options.identity.cluster_id = kCluster;
  options.identity.node_id = kNode;
  options.identity.boot = kBoot;
  options.priority = kPriority;
  for (std::uint8_t network = 0; network < kNetworks; ++network) options.links.push_back({link_options(network), network, false});
  const auto page = std::make_shared<StatisticsPage>();
  BeatReport report;
  const auto thread = BeatThread::start(options, page, [] {}, [](const AddressOrder&) { return true; }, report);
  if (thread == nullptr) fail("no beat thread");
  introduce(*thread, count, theirs);
  for (int wait = 0; wait < 100 && peers_up(*page) < count; ++wait) usleep(100'000);
  const auto read = [&] {
    return Reading{thread_cpu_ns("hw-beat"), page->links[0].sent.get() + page->links[1].sent.get(), page->links[0].received.get() + page->links[1].received.get()};
  };
  std::array<std::uint64_t, Histogram::kBuckets> before;
  for (std::size_t bucket = 0; bucket < before.size(); ++bucket) before[bucket] = page->lateness.buckets[bucket].get();
  const Reading began = read();
  const std::uint64_t began_ns = boot_time_ns();
  usleep(static_cast<useconds_t>(seconds * 1e6));
  const double took = static_cast<double>(boot_time_ns() - began_ns) / 1e9;
  const Reading ended = read();
  Histogram late;
  for (std::size_t bucket = 0; bucket < before.size(); ++bucket) {
    for (std::uint64_t more = page->lateness.buckets[bucket].get() - before[bucket]; more > 0; --more) late.add(Histogram::value_of(bucket));
  }
  print("node", count, took, began, ended, late.quantile(0.5), late.quantile(0.99), late.max(), peers_up(*page));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const auto peers = static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0);
  if (peers == 0 || peers > kPeersMax - 1) fail("usage: see the head of scale_bench.cc");
  if (mode == "peers" && argc == 5) be_peers(peers, read_addresses(argv + 3));
  else if (mode == "node" && argc == 6) be_node(peers, std::atof(argv[3]), read_addresses(argv + 4));
  else if (mode == "floor" && argc == 6) be_floor(peers, std::atof(argv[3]), read_addresses(argv + 4));
  else fail("usage: see the head of scale_bench.cc");
}
