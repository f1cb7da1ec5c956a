// Where the guard's programs stand on an interface: tcx (Linux 6.6 and later), or filters of a clsact queueing discipline
// (4.5 and later). Both stay when the process that put them there is gone. 0 or an errno, each.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/guard/bpf.h"

namespace heartwire {

struct GuardPrograms { int in = -1, out = -1; };

class GuardHooks {
 public:
  virtual ~GuardHooks() = default;
  // Before all other programs.
  virtual int attach(int interface_index) = 0;
  virtual void detach(int interface_index) = 0;
  // False: another one stood before ours, and no longer does.
  virtual bool keep_first(int interface_index) = 0;
  // Takes away what an earlier start has left.
  virtual void clear(int interface_index, std::span<const std::uint32_t> old_programs) = 0;
};

// `programs`: the same twice, so that one can be put in place before the other is taken away.
std::unique_ptr<GuardHooks> tcx_hooks(const std::array<GuardPrograms, 2>& programs);
std::unique_ptr<GuardHooks> clsact_hooks(GuardPrograms programs);

}  // namespace heartwire
