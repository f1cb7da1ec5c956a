// See guard_hooks.h.
#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/guard/guard_hooks.h"

namespace heartwire {

namespace {

class TcxHooks final : public GuardHooks {
 public:
  explicit TcxHooks(const std::array<GuardPrograms, 2>& programs) : programs_(programs) {}

  int attach(int interface_index) override {
    if (bpf::attach_first(interface_index, bpf::Direction::in, programs_[0].in) != 0) return errno;
    if (bpf::attach_first(interface_index, bpf::Direction::out, programs_[0].out) == 0) return 0;
    const int error = errno;
    bpf::detach(interface_index, bpf::Direction::in, programs_[0].in);
    return error;
  }

  void detach(int interface_index) override {
    for (const GuardPrograms& pair : programs_) {
      bpf::detach(interface_index, bpf::Direction::in, pair.in);
      bpf::detach(interface_index, bpf::Direction::out, pair.out);
    }
  }

  bool keep_first(int interface_index) override {
    const bool in = keep_first(interface_index, bpf::Direction::in, programs_[0].in, programs_[1].in);
    return keep_first(interface_index, bpf::Direction::out, programs_[0].out, programs_[1].out) && in;
  }

  void clear(int interface_index, std::span<const std::uint32_t> old_programs) override {
    for (const bpf::Direction direction : {bpf::Direction::in, bpf::Direction::out}) clear(interface_index, direction, old_programs);
  }

 private:
  // The one that is not there goes first, then the other one goes: at no moment there is none.
  static bool keep_first(int interface_index, bpf::Direction direction, int one, int other) {
    std::vector<std::uint32_t> found;
    if (bpf::query(interface_index, direction, found) != 0) return true;  // the interface is gone
    const std::uint32_t one_id = bpf::program_id(one), other_id = bpf::program_id(other);
    if (!found.empty() && (found.front() == one_id || found.front() == other_id)) return true;
    const bool one_is_there = std::find(found.begin(), found.end(), one_id) != found.end();
    bpf::attach_first(interface_index, direction, one_is_there ? other : one);
    bpf::detach(interface_index, direction, one_is_there ? one : other);
    return false;
  }

  static void clear(int interface_index, bpf::Direction direction, std::span<const std::uint32_t> old_programs) {
    std::vector<std::uint32_t> found;
    if (bpf::query(interface_index, direction, found) != 0) return;
    for (std::size_t at = found.size(); at-- > 1;) {
      if (std::find(old_programs.begin(), old_programs.end(), found[at]) == old_programs.end()) continue;
      bpf::detach_after(interface_index, direction, found[at - 1]);
    }
  }

  const std::array<GuardPrograms, 2> programs_;
};

}  // namespace

std::unique_ptr<GuardHooks> tcx_hooks(const std::array<GuardPrograms, 2>& programs) { return std::make_unique<TcxHooks>(programs); }

}  // namespace heartwire
