// See kernel_guard.h.
#include "core/guard/kernel_guard.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "core/address/address_request.h"
#include "core/guard/guard_instructions.h"
#include "core/guard/guard_memory.h"
#include "core/net/netlink_socket.h"
#include "core/rt/clock.h"
#include "core/rt/thread.h"

namespace heartwire {

namespace {

constexpr int kLookEveryMs = 3000;               // whether ours are still the first
constexpr std::uint64_t kClockApartMaxNs = 1'000'000;
constexpr std::uint64_t kMapNumber = 0x6877000000000000;  // as in guard.bpf.c
constexpr std::uint32_t kAddressesMax = 2 * kSeatsMax * kAddressesPerSeat;

std::string reason_of(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

std::array<std::uint8_t, 16> key_of(const LinkAddress& address) {
  if (address.family == AddressFamily::ipv6) return address.bytes;
  std::array<std::uint8_t, 16> key{};
  key[10] = key[11] = 0xff;
  std::copy_n(address.bytes.begin(), 4, key.begin() + 12);
  return key;
}

void close_all(std::initializer_list<int> descriptors) {
  for (const int descriptor : descriptors) {
    if (descriptor >= 0) close(descriptor);
  }
}

}  // namespace

std::unique_ptr<KernelGuard> KernelGuard::start(const GuardOptions& options, GuardReport& report) {
  if (!options.wanted) {
    report.reason = "switched off in the configuration";
    return nullptr;
  }
  std::unique_ptr<KernelGuard> guard(new KernelGuard(options));
  if (std::string reason = guard->open(); !reason.empty()) {
    report.reason = std::move(reason);
    return nullptr;
  }
  report = guard->report();
  ThreadReport ignored;
  KernelGuard* running = guard.get();
  guard->thread_ = start_thread({"hw-guard", 0, {}, false}, [running] { running->watch(); }, ignored);
  return guard;
}

// Empty: it is in force. Addresses that an earlier start has left go first, while its programs still guard them.
std::string KernelGuard::open() {
  if constexpr (std::endian::native != std::endian::little) return "there are no programs for big-endian machines";
  maps_ = {bpf::create_address_map("hw_addresses", kAddressesMax), bpf::create_shared_array("hw_seats", kSeatsMax),
           bpf::create_shared_array("hw_cells", kGuardCells), bpf::create_shared_array("hw_clock", 1)};
  if (maps_.addresses < 0 || maps_.seats < 0 || maps_.cells < 0 || maps_.clock < 0) return reason_of("bpf() creates no map");
  cells_ = GuardCells::map(maps_.seats, maps_.cells);
  if (!cells_.mapped()) return reason_of("the maps cannot be mapped");
  if (std::string reason = load(); !reason.empty()) return reason;
  const GuardMemory left = options_.memory.empty() ? GuardMemory{} : GuardMemory::read(options_.memory);
  remove_addresses(left.addresses);
  if (std::string reason = choose_hooks(); !reason.empty()) return reason;
  look_at_all([this, &left](const NetlinkNews& link) {
    cover(link);
    hooks_->clear(link.interface_index, left.programs);
  });
  remember();
  return "";
}

std::string KernelGuard::load() {
  using namespace guard_instructions;
  const std::array<bpf::MapReference, 4> maps{{{kMapNumber + 1, maps_.addresses}, {kMapNumber + 2, maps_.seats},
                                               {kMapNumber + 3, maps_.cells}, {kMapNumber + 4, maps_.clock}}};
  std::string log;
  for (GuardPrograms& pair : programs_) {
    pair = {bpf::load_program("heartwire_in", kIngress, maps, log), bpf::load_program("heartwire_out", kEgress, maps, log)};
    if (pair.in < 0 || pair.out < 0) return reason_of("the kernel refuses the guard's program") + log;
  }
  const int clock = bpf::load_program("heartwire_clock", kClock, maps, log);
  if (clock < 0) return reason_of("the kernel refuses the guard's program") + log;
  const std::uint64_t before_ns = boot_time_ns();
  const std::array<std::uint8_t, 64> packet{};
  std::uint32_t verdict = 0;
  const int ran = bpf::run_program(clock, packet, verdict);
  const std::uint64_t after_ns = boot_time_ns();
  close(clock);
  if (ran != 0) return reason_of("the guard's program cannot be tried");
  std::uint64_t theirs_ns = 0;
  if (bpf::get_element(maps_.clock, 0, theirs_ns) != 0) return reason_of("the guard's clock cannot be read");
  const bool apart = theirs_ns + kClockApartMaxNs < before_ns || theirs_ns > after_ns + kClockApartMaxNs;
  return apart ? "the guard's clock is not ours (a time namespace?): leases cannot be enforced" : "";
}

// The best that this kernel takes on `lo`, which is everywhere.
std::string KernelGuard::choose_hooks() {
  constexpr int kLoopback = 1;
  int refused = ENOTSUP;
  if (!options_.clsact) {
    hooks_ = tcx_hooks(programs_);
    refused = hooks_->attach(kLoopback);
    if (refused == 0) {
      covered_.push_back(kLoopback);
      report_.enforcement = "tcx";
      return "";
    }
  }
  const std::string no_tcx = options_.clsact ? "tcx was not wanted" : std::string("no tcx (Linux 6.6): ") + std::strerror(refused);
  hooks_ = clsact_hooks(programs_[0]);
  const int also_refused = hooks_ == nullptr ? errno : hooks_->attach(kLoopback);
  if (also_refused != 0) return no_tcx + "; no clsact: " + std::strerror(also_refused);
  covered_.push_back(kLoopback);
  report_.enforcement = "clsact";
  report_.reason = no_tcx;
  return "";
}

void KernelGuard::look_at_all(const std::function<void(const NetlinkNews&)>& take) const {
  std::vector<NetlinkNews> links;
  const std::unique_ptr<NetlinkRequests> requests = NetlinkRequests::open();
  if (requests == nullptr) return;
  requests->dump(RTM_GETLINK, [&](const NetlinkNews& link) {
    if (link.kind == NetlinkNews::Kind::link_changed) links.push_back(link);
  });
  for (const NetlinkNews& link : links) take(link);
}

// A port of a bridge or a bond carries the frames of others: the address lives on the bridge or the bond.
void KernelGuard::cover(const NetlinkNews& link) {
  const bool known = std::find(covered_.begin(), covered_.end(), link.interface_index) != covered_.end();
  if (link.port) {
    if (known) uncover(link.interface_index, true);
    return;
  }
  if (known) return;
  const int error = hooks_->attach(link.interface_index);
  if (error == 0 || error == EEXIST) covered_.push_back(link.interface_index);
  const std::lock_guard lock(mutex_);
  std::erase_if(report_.uncovered, [&](const auto& entry) { return entry.index == link.interface_index; });
  if (error != 0 && error != EEXIST && error != ENODEV)
    report_.uncovered.push_back({link.interface_index, std::string(link.interface_name()) + ": " + std::strerror(error)});
  gaps_.store(!report_.uncovered.empty(), std::memory_order_release);
}

void KernelGuard::uncover(int interface_index, bool is_there) {
  std::erase(covered_, interface_index);
  if (is_there) hooks_->detach(interface_index);
  const std::lock_guard lock(mutex_);
  std::erase_if(report_.uncovered, [&](const auto& entry) { return entry.index == interface_index; });
  gaps_.store(!report_.uncovered.empty(), std::memory_order_release);
}

void KernelGuard::remove_addresses(const std::vector<LinkAddress>& addresses) const {
  if (addresses.empty()) return;
  const std::unique_ptr<NetlinkRequests> requests = NetlinkRequests::open();
  if (requests == nullptr) return;
  NetlinkBatch removal;
  std::uint32_t count = 0;
  requests->dump(RTM_GETADDR, [&](const NetlinkNews& news) {
    if (news.kind != NetlinkNews::Kind::address_added) return;
    const auto same = [&](const LinkAddress& left) { return key_of(left) == key_of(news.address); };
    if (std::none_of(addresses.begin(), addresses.end(), same)) return;
    remove_address_request(removal, ++count, news.address, news.prefix_length, news.interface_index);
  });
  if (count == 0) return;
  removal.acknowledge_last();
  if (requests->send(removal.bytes()) == 0) requests->collect(count, [](const NetlinkNews&) {});
}

void KernelGuard::know(const std::vector<VirtualAddress>& addresses) {
  for (const VirtualAddress& address : addresses) {
    bpf::set_element(maps_.addresses, key_of(address.address).data(), address.seat);
    if (std::find(known_.begin(), known_.end(), address.address) == known_.end()) known_.push_back(address.address);
  }
  remember();
}

void KernelGuard::forget_others(const std::vector<VirtualAddress>& addresses) {
  std::erase_if(known_, [&](const LinkAddress& old) {
    const auto same = [&](const VirtualAddress& wanted) { return wanted.address == old; };
    if (std::any_of(addresses.begin(), addresses.end(), same)) return false;
    bpf::remove_element(maps_.addresses, key_of(old).data());
    return true;
  });
  remember();
}

void KernelGuard::remember() const {
  if (options_.memory.empty()) return;
  GuardMemory memory;
  for (const GuardPrograms& pair : programs_) {
    memory.programs.push_back(bpf::program_id(pair.in));
    memory.programs.push_back(bpf::program_id(pair.out));
  }
  memory.addresses = known_;
  memory.write(options_.memory);
}

void KernelGuard::watch() {
  const std::unique_ptr<NetlinkWatch> news = NetlinkWatch::open(RTMGRP_LINK);
  while (!stopping_.load(std::memory_order_acquire)) {
    pollfd waiting[2] = {{wake_.descriptor(), POLLIN, 0}, {news == nullptr ? -1 : news->descriptor(), POLLIN, 0}};
    const int ready = poll(waiting, 2, kLookEveryMs);
    if (stopping_.load(std::memory_order_acquire)) return;
    NetlinkNews link;
    while (news != nullptr && news->next(link)) {
      if (link.kind == NetlinkNews::Kind::link_gone) uncover(link.interface_index, false);
      if (link.kind == NetlinkNews::Kind::link_changed) cover(link);
    }
    const bool overrun = news != nullptr && news->take_overrun();
    if (ready == 0 || overrun || news == nullptr) look_at_all([this](const NetlinkNews& found) { cover(found); });
    if (ready == 0) keep_first();
  }
}

void KernelGuard::keep_first() {
  std::uint64_t displaced = 0;
  for (const int interface_index : covered_) displaced += hooks_->keep_first(interface_index) ? 0 : 1;
  const std::lock_guard lock(mutex_);
  report_.displaced += displaced;
}

GuardReport KernelGuard::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

// Where an address could not be taken off its seat is still closed, and the programs stay to keep it silent.
KernelGuard::~KernelGuard() {
  stopping_.store(true, std::memory_order_release);
  wake_.signal();
  if (thread_.joinable()) thread_.join();
  bool held = false;
  for (std::uint8_t seat = 0; cells_.mapped() && seat < kSeatsMax; ++seat) held = held || cells_.held(seat);
  if (hooks_ != nullptr && !held) {
    for (const int interface_index : covered_) hooks_->detach(interface_index);
    if (!options_.memory.empty()) unlink(options_.memory.c_str());
  }
  cells_.unmap();
  for (const GuardPrograms& pair : programs_) close_all({pair.in, pair.out});
  close_all({maps_.addresses, maps_.seats, maps_.cells, maps_.clock});
}

}  // namespace heartwire
