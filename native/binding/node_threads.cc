// See node_threads.h.
#include "binding/node_threads.h"

#include <dlfcn.h>
#include <openssl/rand.h>

#include <cerrno>
#include <mutex>
#include <set>

#include "binding/errors.h"

namespace heartwire::binding {

namespace {

// Its destructor is the exit handler; it runs too when the last environment that uses the addon unloads it.
struct Running {
  std::mutex mutex;
  std::set<NodeThreads*> nodes;
  ~Running() {
    for (NodeThreads* node : nodes) node->stop();
  }
};

Running& running() {
  static Running all;
  return all;
}

// What a start before this one has left: a reader must not take it for news.
void clear(StatisticsPage& page) {
  Word* words = reinterpret_cast<Word*>(&page);
  for (std::size_t index = 0; index < sizeof(StatisticsPage) / sizeof(Word); ++index) words[index].set(0);
}

// The guardian's program is built and shipped in the folder of the addon.
std::string beside_this_code(const std::string& name) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&clear), &info) == 0 || info.dli_fname == nullptr) return name;
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1) + name;
}

}  // namespace

NodeThreads::NodeThreads() {
  const std::lock_guard lock(running().mutex);
  running().nodes.insert(this);
}

NodeThreads::~NodeThreads() {
  {
    const std::lock_guard lock(running().mutex);
    running().nodes.erase(this);
  }
  stop();
}

std::unique_ptr<NodeThreads> NodeThreads::start(const NodeOptions& options, std::uint64_t boot, std::shared_ptr<StatisticsPage> page,
                                                std::function<void()> notify, StartReport& report) {
  std::unique_ptr<NodeThreads> node(new NodeThreads);
  clear(*page);
  if (!node->open(options, boot, std::move(page), notify, report)) node.reset();
  return node;
}

bool NodeThreads::open(const NodeOptions& options, std::uint64_t boot, std::shared_ptr<StatisticsPage> page,
                       const std::function<void()>& notify, StartReport& report) {
  MessageOptions message = options.message;
  message.self.boot = boot;
  // Keys come from it, and nonces from counters that begin anew: a start that reused it would reuse nonces.
  if (RAND_bytes(message.self.salt.data(), static_cast<int>(message.self.salt.size())) != 1) {
    report.failure = {0, "there are no random numbers"};
    return false;
  }
  guard_ = KernelGuard::start(options.guard, report.guard);
  no_guard_ = report.guard;
  GuardianOptions guarding;
  guarding.executable = beside_this_code("heartwire-guardian");
  guarding.priority = options.beat.priority;
  guarding.restarted = notify;
  guarding.guard_seats = guard_ == nullptr ? -1 : guard_->seats_descriptor();
  guardian_ = Guardian::start(guarding, no_guardian_);
  report.guardian = this->guardian();
  AddressOptions address = options.address;
  address.guard = guard_.get();
  address.guardian = guardian_ == nullptr ? nullptr : &guardian_->page();
  address.egress_sink = [this](std::uint8_t seat, std::uint64_t drain_ns) {
    BeatThread* beat = door_.load(std::memory_order_acquire);
    if (beat != nullptr) beat->set_egress(seat, drain_ns);
  };
  ThreadReport address_scheduling;
  address_ = AddressThread::start(address, [this](const AddressDone& done) {
    BeatThread* beat = door_.load(std::memory_order_acquire);
    return beat != nullptr && beat->address_done(done);
  }, notify, address_scheduling, report.failure);
  if (address_ == nullptr) return false;
  BeatOptions beat = options.beat;
  if (!options.disk.path.empty()) {
    DiskOptions disk = options.disk;
    disk.boot = boot;
    disk_ = DiskThread::start(disk, [this](const DiskAnswer& answer) {
      BeatThread* thread = door_.load(std::memory_order_acquire);
      return thread != nullptr && thread->disk_answer(answer);
    });
    if (disk_ == nullptr) report.problems.push_back("the shared disk has no thread, and so no vote");
    else beat.disk_sink = [this](const DiskOrder& order) { disk_->order(order); };
  }
  beat.identity.boot = boot;
  beat.adapter_sink = [this](std::uint8_t networks) { address_->use_standby(networks); };
  beat.guard = guard_.get();
  beat.guardian = guardian_.get();
  beat_ = BeatThread::start(beat, std::move(page), notify, [this](const AddressOrder& order) { return address_->order(order); }, report.beat);
  if (beat_ == nullptr) {
    report.failure = {errno, "the beat thread"};
    return false;
  }
  door_.store(beat_.get(), std::memory_order_release);
  beat_->command(options.timing);
  message.second_beats = beat_->has_second();
  if (options.keep_awake) cpu_latency_ = CpuLatency::open(report.awake_reason);
  message.cpu_latency = cpu_latency_.get();
  std::vector<LinkError> problems;
  message_ = MessageThread::start(message, options.keys, notify,
                                  [this](const SessionHandover& handover) { return beat_->handover(handover); }, problems);
  for (const LinkError& problem : problems) report.problems.push_back(describe(problem));
  if (message_ == nullptr) report.failure = problems.empty() ? LinkError{0, "the message thread"} : problems.back();
  return message_ != nullptr;
}

void NodeThreads::set_link(const NodeLink& link) {
  beat_->set_link(link.beat);
  const std::uint8_t link_id = link.beat.options.link_id;
  if (link.message) message_->open_link(*link.message, link.discovery ? &*link.discovery : nullptr);
  else if (!link.beat.absent) message_->carry_beats(link_id);
  else message_->close_link(link_id);
}

GuardianReport NodeThreads::guardian() const {
  return {no_guardian_, guardian_restarts(), guardian_ != nullptr && guardian_->has_own_group()};
}

void NodeThreads::stop() {
  message_.reset();
  if (address_ != nullptr) address_->stop();
  if (disk_ != nullptr) disk_->stop();  // it answers the beat thread, and is called by it
  door_.store(nullptr, std::memory_order_release);
  beat_.reset();
  disk_.reset();
  guardian_.reset();  // after the threads: who dies while he stops still has one
  guard_.reset();
}

}  // namespace heartwire::binding
