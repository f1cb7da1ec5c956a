// The kernel guard of this node (safety.md, 'The kernel guard'): loads its programs, puts them on every layer-3 interface of
// the namespace and on new ones, keeps them first there, and takes them away at the end. What it enforces needs none of that
// any more: it goes on when this process is stopped or killed.
//
//   beat thread ──expiry──▶ cells         ┐
//   address thread ──open, close──▶ seats ├─ programs in the kernel (guard.bpf.c) ─▶ packets of the address pass, or not
//   address thread ──────▶ addresses      ┘
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/address/address_types.h"
#include "core/guard/guard_cells.h"
#include "core/guard/guard_hooks.h"
#include "core/rt/wake.h"

namespace heartwire {

struct NetlinkNews;  // core/net/netlink_message.h

struct GuardOptions {
  bool wanted = true;
  std::string memory;   // a file: what a start after a crash must know of this one; empty: it learns nothing
  bool clsact = false;  // even where there is tcx (tests)
};

struct GuardReport {
  struct Uncovered { int index; std::string why; };
  std::string enforcement = "none";   // tcx, clsact, none
  std::string reason;                 // why nothing better; empty: as it should be
  std::vector<Uncovered> uncovered;   // interfaces without it, by name, and why
  std::uint64_t displaced = 0;        // times that another program stood before ours
};

class KernelGuard {
 public:
  // Null: `report.reason` says why there is none.
  static std::unique_ptr<KernelGuard> start(const GuardOptions& options, GuardReport& report);
  ~KernelGuard();  // after the address thread has let all seats go
  KernelGuard(const KernelGuard&) = delete;
  KernelGuard& operator=(const KernelGuard&) = delete;

  GuardCells& cells() { return cells_; }
  int seats_descriptor() const { return maps_.seats; }  // for the guardian
  // Address thread. The addresses of all seats, before they are put on; and, once they are off, those that are no more.
  void know(const std::vector<VirtualAddress>& addresses);
  void forget_others(const std::vector<VirtualAddress>& addresses);
  GuardReport report() const;
  // Is there an interface that it should be on and is not? Any thread.
  bool leaves_gaps() const { return gaps_.load(std::memory_order_acquire); }

 private:
  struct Maps { int addresses = -1, seats = -1, cells = -1, clock = -1; };
  explicit KernelGuard(GuardOptions options) : options_(std::move(options)) {}
  std::string open();
  std::string load();
  std::string choose_hooks();
  void look_at_all(const std::function<void(const NetlinkNews&)>& take) const;
  void cover(const NetlinkNews& link);
  void uncover(int interface_index, bool is_there);
  void remove_addresses(const std::vector<LinkAddress>& addresses) const;
  void remember() const;
  void watch();
  void keep_first();

  const GuardOptions options_;
  Maps maps_;
  std::array<GuardPrograms, 2> programs_;  // the same twice: see guard_hooks.h
  GuardCells cells_;
  std::unique_ptr<GuardHooks> hooks_;
  std::vector<int> covered_;               // interfaces; the guard's thread, once it runs
  std::vector<LinkAddress> known_;         // address thread
  mutable std::mutex mutex_;               // of the report
  GuardReport report_;
  std::atomic<bool> gaps_{false};
  std::atomic<bool> stopping_{false};
  Wake wake_;
  std::thread thread_;
};

}  // namespace heartwire
