// Carrier and existence of interfaces, as the kernel tells them (rtnetlink multicast): read by the beat thread, which
// only ever takes what is there and never asks by netlink, since asking takes the kernel's RTNL lock. An interface is
// known by its name, as in the configuration: one that is renamed is gone, and one that gets the name has come.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/netlink_socket.h"

namespace heartwire {

struct LinkNews {
  std::array<char, 16> name{};
  bool carrier = false;
  bool gone = false;
  std::string_view interface_name() const { return std::string_view(name.data()); }
};

class LinkWatch {
 public:
  // Tells of these interfaces only; at first, and after an overrun, of each as it is. Null: errno says why.
  static std::unique_ptr<LinkWatch> open(const std::vector<std::string>& interfaces);
  ~LinkWatch();
  LinkWatch(const LinkWatch&) = delete;
  LinkWatch& operator=(const LinkWatch&) = delete;
  int descriptor() const { return watch_->descriptor(); }
  // What has changed; false: nothing more. Allocates nothing, does not block.
  bool next(LinkNews& news);
  // next() tells of this interface as it is, changed or not: for who has just opened it. One that was not watched is from
  // now on, while there is room (kWatchedMax).
  void refresh(std::string_view interface);
  void forget(std::string_view interface);

 private:
  static constexpr std::size_t kWatchedMax = 16;

  struct Watched {
    std::array<char, 16> name{};
    int index = 0;        // 0: there is none of this name
    bool carrier = false;
    bool unread = false;  // to be read from the kernel and told
    bool due = true;      // to be told
  };
  LinkWatch(std::unique_ptr<NetlinkWatch> watch, int descriptor, const std::vector<std::string>& interfaces);
  Watched& add(std::string_view interface);
  int read_all();
  void take(const NetlinkNews& message);
  void read(Watched& watched);
  bool tell(LinkNews& news);

  std::unique_ptr<NetlinkWatch> watch_;
  int query_;  // a socket for SIOCGIF*, which take no lock
  std::vector<Watched> watched_;
};

}  // namespace heartwire
