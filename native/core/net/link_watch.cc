// See link_watch.h.
#include "core/net/link_watch.h"

#include <sys/socket.h>
#include <unistd.h>

namespace heartwire {

std::unique_ptr<LinkWatch> LinkWatch::open() {
  const int descriptor = open_netlink(RTMGRP_LINK);
  return descriptor < 0 ? nullptr : std::unique_ptr<LinkWatch>(new LinkWatch(descriptor));
}

LinkWatch::~LinkWatch() { close(descriptor_); }

bool LinkWatch::next(LinkNews& news) {
  while (true) {
    NetlinkNews message;
    while (next_netlink_message(unread_, message)) {
      const bool gone = message.kind == NetlinkNews::Kind::link_gone;
      if (!gone && message.kind != NetlinkNews::Kind::link_changed) continue;
      news = {message.name, message.carrier, gone};
      return true;
    }
    const ssize_t got = recv(descriptor_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got <= 0) return false;
    unread_ = std::span<const std::uint8_t>(buffer_).first(static_cast<std::size_t>(got));
  }
}

}  // namespace heartwire
