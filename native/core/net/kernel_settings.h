// Settings of the kernel under /proc/sys that Heartwire needs otherwise while it runs. A setting only ever changes in the
// direction that is needed, and what stood there before comes back at the end, unless somebody chose anew meanwhile. What may
// not be written stays as it is: no address and no beat depends on it.
#pragma once
#include <map>
#include <string>

namespace heartwire {

class KernelSettings {
 public:
  KernelSettings() = default;
  ~KernelSettings();
  KernelSettings(const KernelSettings&) = delete;
  KernelSettings& operator=(const KernelSettings&) = delete;
  // May be called again, as when an interface has come anew.
  void at_least(const std::string& path, int wanted);
  void at_most(const std::string& path, int wanted);

 private:
  void change(const std::string& path, int before, int wanted);
  struct Setting { int before = 0, ours = 0; };
  std::map<std::string, Setting> changed_;  // by path
};

}  // namespace heartwire
