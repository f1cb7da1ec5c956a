// See link_watch.h.
#include "core/net/link_watch.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace heartwire {

std::unique_ptr<LinkWatch> LinkWatch::open(const std::vector<std::string>& interfaces) {
  std::unique_ptr<NetlinkWatch> watch = NetlinkWatch::open(RTMGRP_LINK);
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (watch == nullptr || descriptor < 0) {
    if (descriptor >= 0) close(descriptor);
    return nullptr;
  }
  auto made = std::unique_ptr<LinkWatch>(new LinkWatch(std::move(watch), descriptor, interfaces));
  errno = made->read_all();
  return errno == 0 ? std::move(made) : nullptr;
}

LinkWatch::LinkWatch(std::unique_ptr<NetlinkWatch> watch, int descriptor, const std::vector<std::string>& interfaces)
    : watch_(std::move(watch)), query_(descriptor) {
  watched_.reserve(std::max(kWatchedMax, interfaces.size()));  // never grows beyond: the beat thread allocates nothing
  for (const std::string& interface : interfaces) add(interface);
}

// By netlink, since the flags that ioctl tells are late; not on the beat thread.
int LinkWatch::read_all() {
  const std::unique_ptr<NetlinkRequests> requests = NetlinkRequests::open();
  if (requests == nullptr) return errno;
  return requests->dump(RTM_GETLINK, [this](const NetlinkNews& message) { take(message); });
}

LinkWatch::~LinkWatch() { close(query_); }

LinkWatch::Watched& LinkWatch::add(std::string_view interface) {
  Watched watched;
  interface.copy(watched.name.data(), watched.name.size() - 1);
  return watched_.emplace_back(watched);
}

void LinkWatch::refresh(std::string_view interface) {
  bool known = false;
  for (Watched& watched : watched_) {
    if (interface != watched.name.data()) continue;
    watched.unread = known = true;
  }
  if (!known && watched_.size() < watched_.capacity()) add(interface).unread = true;
}

void LinkWatch::forget(std::string_view interface) {
  std::erase_if(watched_, [&](const Watched& watched) { return interface == watched.name.data(); });
}

void LinkWatch::take(const NetlinkNews& message) {
  const bool gone = message.kind == NetlinkNews::Kind::link_gone;
  if (!gone && message.kind != NetlinkNews::Kind::link_changed) return;
  for (Watched& watched : watched_) {
    const bool named = !gone && message.interface_name() == watched.name.data();
    if (named) {
      watched.due = watched.due || watched.index != message.interface_index || watched.carrier != message.carrier;
      watched.index = message.interface_index;
      watched.carrier = message.carrier;
    } else if (watched.index == message.interface_index) {  // deleted, moved to another namespace, or renamed
      watched.index = 0;
      watched.carrier = false;
      watched.due = true;
    }
  }
}

void LinkWatch::read(Watched& watched) {
  ifreq request{};
  std::memcpy(request.ifr_name, watched.name.data(), watched.name.size());
  watched.index = ioctl(query_, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
  watched.carrier = watched.index != 0 && ioctl(query_, SIOCGIFFLAGS, &request) == 0 &&
                    (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
  watched.unread = false;
  watched.due = true;
}

bool LinkWatch::tell(LinkNews& news) {
  for (Watched& watched : watched_) {
    if (watched.unread) read(watched);
    if (!watched.due) continue;
    watched.due = false;
    news = {watched.name, watched.carrier, watched.index == 0};
    return true;
  }
  return false;
}

bool LinkWatch::next(LinkNews& news) {
  NetlinkNews message;
  while (true) {
    // Told one by one: an interface that went and came back between two calls has been gone.
    if (tell(news)) return true;
    if (!watch_->next(message)) {
      if (!watch_->take_overrun()) return false;
      for (Watched& watched : watched_) watched.unread = true;
      continue;
    }
    take(message);
  }
}

}  // namespace heartwire
