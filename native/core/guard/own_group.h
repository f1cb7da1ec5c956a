// A control group for the guardian alone: what limits, freezes or kills the daemon's group must not reach the one who stands
// behind the daemon. Only below a group that was delegated to us (systemd: Delegate= and DelegateSubgroup=); all others are
// the system's to arrange.
#pragma once
#include <sys/types.h>

#include <string>

namespace heartwire {

// Directory of the group that was delegated to this process: its own, or the one above. Empty: none was.
std::string delegated_group();

class OwnGroup {
 public:
  // Below `delegated`, made by take().
  explicit OwnGroup(const std::string& delegated);
  ~OwnGroup();  // removes the group, unless somebody is still in it
  OwnGroup(const OwnGroup&) = delete;
  OwnGroup& operator=(const OwnGroup&) = delete;

  // Moves a process there. False: it stays where it is.
  bool take(pid_t process);

 private:
  const std::string folder_;
};

}  // namespace heartwire
