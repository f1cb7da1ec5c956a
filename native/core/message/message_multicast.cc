// A message to many is one frame where they hear it. The streams stay between two nodes each: the frame names every receiver's
// place in its own, acknowledgements come back from each alone, and what is sent again goes to each alone. Whether somebody hears our
// multicast on a path is asked, not believed (switches filter it), and is over as soon as anything to that node has to be sent
// again, or it falls silent there; it is asked again then.
#include <algorithm>

#include "core/message/message_engine.h"
#include "core/wire/session_builder.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kSoundNs = 1'000'000'000;  // between two questions to who does not hear us, doubling ...
constexpr std::uint64_t kSoundNsMax = 30'000'000'000;  // ... up to this
constexpr std::size_t kPlacesBytesMax = 180;  // so much longer than fragment_bytes_max a frame may be, for the places of its receivers

// Of the body of a frame.
std::size_t bytes_max(const MessageParameters& parameters) { return std::min<std::size_t>(kBodyBytesMax, parameters.fragment_bytes_max + kPlacesBytesMax); }

// The fragment as one receiver alone gets it.
Fragment alone_of(const MulticastItem& item, const MulticastEntry& entry) {
  Fragment fragment = item.fragment;
  fragment.stream = entry.stream;
  fragment.number = entry.place.number;
  fragment.message = entry.place.message;
  return fragment;
}

}  // namespace

bool MessageEngine::build_multicast() {
  multicast_.reset();
  if (multicast_links_ == 0) return true;
  multicast_ = build_session(keys_.get(), KeyRole::multicast, {options_.node_id, options_.self, 0, {}}, multicast_links_, SessionUse::sending);
  return multicast_ != nullptr;
}

// ---- who hears it

void MessageEngine::ask_who_hears(std::uint64_t in_ns) {
  if (multicast_ == nullptr) return;
  sound_pause_ns_ = kSoundNs;
  sound_ns_ = std::min(sound_ns_, now_ns_ + in_ns);
}

void MessageEngine::set_hears(MessagePeer& peer, LinkMask links) {
  const LinkMask changed = peer.hears ^ links;
  peer.hears = links;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((changed >> link_id & 1) != 0) notify(MessageNotice::Kind::multicast_path, peer, link_id, links >> link_id & 1);
  }
}

void MessageEngine::hears_no_more(MessagePeer& peer, LinkMask links) {
  if ((peer.hears & links) == 0) return;
  set_hears(peer, static_cast<LinkMask>(peer.hears & ~links));
  ask_who_hears(kSoundNs);
}

LinkMask MessageEngine::multicast_links(MessagePeer& peer, LinkMask links) {
  for (std::uint8_t link_id = 0; peer.hears != 0 && link_id < kLinksMax; link_id++) {
    const LinkMask bit = static_cast<LinkMask>(1u << link_id);
    if ((peer.hears & bit) != 0 && peer.sender->silent(link_id, now_ns_)) hears_no_more(peer, bit);
  }
  return links & peer.hears & multicast_links_;
}

void MessageEngine::sound(std::uint64_t now_ns) {
  sound_ns_ = UINT64_MAX;
  const PackedMulticast nothing;
  const std::size_t asked_max = std::min(kMulticastReceiversMax, (bytes_max(parameters_) - kMulticastPrefixBytes) / kMulticastReceiverBytes);
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    const LinkMask bit = static_cast<LinkMask>(1u << link_id);
    std::vector<MessagePeer*> asked;
    std::vector<std::uint32_t> streams;
    const auto ask = [&] {
      if (!asked.empty()) send_multicast(bit, false, asked, streams, nothing);
      asked.clear();
      streams.clear();
    };
    for (auto& [id, peer] : peers_) {
      if (!peer->live || (peer->proven & multicast_links_ & ~peer->hears & bit) == 0) continue;
      asked.push_back(peer.get());
      streams.push_back(peer->sender->stream());
      sound_ns_ = now_ns + sound_pause_ns_;
      if (asked.size() == asked_max) ask();
    }
    ask();
  }
  sound_pause_ns_ = std::min(2 * sound_pause_ns_, kSoundNsMax);
}

// ---- what goes out

void MessageEngine::send_staged() {
  const std::vector<MulticastItem> items = stage_.take();
  for (std::size_t first = 0, last = 0; first < items.size(); first = last) {
    last = first + 1;
    while (last < items.size() && items[last].same_receivers(items[first])) last++;
    send_items(std::span(items).subspan(first, last - first));
  }
}

// Items with the same receivers. Those that hear us on the same paths share frames, as many as fit into one; who is alone gets it alone.
void MessageEngine::send_items(std::span<const MulticastItem> items) {
  std::size_t longest = 0;
  for (const MulticastItem& item : items) longest = std::max(longest, item.payload.size());
  const std::size_t room = bytes_max(parameters_);
  const std::size_t fixed = kMulticastPrefixBytes + kMulticastFragmentBytes + longest;
  const std::size_t fit = fixed > room ? 0 : (room - fixed) / (kMulticastReceiverBytes + kMulticastPlaceBytes);
  const std::vector<MulticastEntry>& entries = items.front().entries;
  std::vector<bool> done(entries.size());
  for (std::size_t first = 0; first < entries.size(); first++) {
    if (done[first]) continue;
    std::vector<std::size_t> together;
    for (std::size_t at = first; at < entries.size() && together.size() < std::min(fit, kMulticastReceiversMax); at++) {
      if (done[at] || entries[at].multicast != entries[first].multicast || !entries[at].peer->live) continue;
      together.push_back(at);
    }
    if (together.size() < 2) together.assign(1, first);
    for (const std::size_t at : together) done[at] = true;
    send_together(items, together);
  }
}

// `receivers`: which of the items' entries. What their paths want beside the multicast goes to each alone.
void MessageEngine::send_together(std::span<const MulticastItem> items, std::span<const std::size_t> receivers) {
  const LinkMask links = receivers.size() > 1 ? items.front().entries[receivers.front()].multicast : LinkMask{0};
  std::vector<MessagePeer*> peers;
  std::vector<std::uint32_t> streams;
  for (const std::size_t at : receivers) {
    const MulticastEntry& entry = items.front().entries[at];
    if (links != 0 && entry.peer->live) send_packed(*entry.peer, false);  // it was said before
    peers.push_back(entry.peer);
    streams.push_back(entry.stream);
  }
  const std::size_t room = bytes_max(parameters_) - kMulticastPrefixBytes - receivers.size() * kMulticastReceiverBytes;
  PackedMulticast packed;
  bool pressing = false;
  const auto send = [&] {
    if (!packed.empty()) send_multicast(links, pressing, peers, streams, packed);
    packed.clear();
    pressing = false;
  };
  for (const MulticastItem& item : items) {
    std::vector<MulticastPlace> places;
    for (const std::size_t at : receivers) {
      const MulticastEntry& entry = item.entries[at];
      places.push_back(entry.place);
      const LinkMask alone = static_cast<LinkMask>(entry.links & ~links);
      if (alone != 0 && entry.peer->live) entry.peer->pack(alone, alone_of(item, entry), item.pressing);
    }
    if (links == 0) continue;
    if (!packed.append(item.fragment, places, room)) {
      send();
      packed.append(item.fragment, places, room);
    }
    pressing |= item.pressing;
  }
  send();
}

// Over each of `links`, with the acknowledgements that are due there, as long as they have room.
void MessageEngine::send_multicast(LinkMask links, bool pressing, std::span<MessagePeer* const> receivers, std::span<const std::uint32_t> streams,
                                   const PackedMulticast& packed) {
  std::vector<std::array<std::uint8_t, 64>> acks(receivers.size());
  std::array<std::uint8_t, kBodyBytesMax> body;
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    const LinkMask bit = static_cast<LinkMask>(1u << link_id);
    Sealer* const sealer = (links & bit) == 0 || multicast_ == nullptr ? nullptr : multicast_->paths[link_id].send.get();
    if (sealer == nullptr) continue;
    const std::size_t named_bytes = kMulticastPrefixBytes + receivers.size() * kMulticastReceiverBytes + packed.bytes().size();
    std::size_t room = bytes_max(parameters_) - std::min(bytes_max(parameters_), named_bytes);
    std::vector<MulticastReceiver> named;
    for (std::size_t at = 0; at < receivers.size(); at++) {
      MessagePeer& peer = *receivers[at];
      std::size_t ack_bytes = (peer.ack_due & peer.proven & bit) == 0 ? 0 : encode_ack(peer, acks[at]);
      if (ack_bytes > room) ack_bytes = 0;
      room -= ack_bytes;
      named.push_back({peer.id, peer.who.boot, streams[at], std::span(acks[at]).first(ack_bytes)});
      if (ack_bytes == 0) continue;
      counters_.add(MessageCounter::acks_sent);
      peer.ack_due &= static_cast<LinkMask>(~bit);
    }
    const std::size_t bytes = encode_multicast_frame(pressing, named, packed, body);
    if (bytes == 0) continue;
    FrameHeader header;
    header.type = FrameType::multicast;
    header.key_id = multicast_->send_key_id;
    header.link_id = link_id;
    header.cluster_id = options_.cluster_id;
    header.sender_id = options_.node_id;
    header.body_length = static_cast<std::uint16_t>(bytes);
    header.sender_boot = options_.self.boot;
    header.sequence = ++multicast_sequence_[link_id];
    Frame frame;
    encode_header(header, frame);
    std::copy_n(body.begin(), bytes, frame.begin() + kHeaderBytes);
    const std::size_t sealed = sealer->seal(frame, header, true);
    if (sealed == 0) continue;
    counters_.add(MessageCounter::multicasts_sent);
    sink_.multicast(link_id, std::span(frame).first(sealed));
  }
}

// ---- what comes in

// As admit(), but nobody passes these on, and a wrong source is no reason to greet anybody: a host with several addresses
// may send its multicast from another one.
Reject MessageEngine::admit_multicast(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source) {
  if (header.sender_id == 0 || header.sender_id == options_.node_id || header.receiver_id != 0) return Reject::sender;
  MessagePeer* const peer = live_peer(header.sender_id);
  if (peer == nullptr) return Reject::sender;
  if (header.link_id != link_id) return Reject::link;
  MessagePath& path = peer->paths[link_id];
  if ((peer->proven >> link_id & 1) == 0 || path.address != source) return Reject::source;
  if (header.sender_boot != peer->who.boot || header.receiver_boot != 0) return Reject::boot;
  if (!path.multicast_window.fresh(header.sequence)) return Reject::replay;
  Sealer* const sealer = peer->multicast == nullptr ? nullptr : receive_sealer(peer->multicast->paths[link_id], header.key_id);
  if (sealer == nullptr || !sealer->open(frame.first(frame_bytes(header)), header, true)) return Reject::tag;
  path.multicast_window.accept(header.sequence);
  return Reject::none;
}

void MessageEngine::on_multicast(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source,
                                 std::uint64_t now_ns) {
  Reject reason = admit_multicast(link_id, frame, header, source);
  MulticastFrame heard;
  const auto body = std::span<const std::uint8_t>(frame).subspan(kHeaderBytes, header.body_length);
  if (reason == Reject::none && !decode_multicast_frame(body, options_.node_id, options_.self.boot, heard)) reason = Reject::body;
  if (reason != Reject::none) return reject(reason, header.sender_id, link_id, now_ns);
  counters_.add(MessageCounter::multicasts_received);
  if (heard.own < 0) return counters_.add(MessageCounter::multicasts_of_others);
  MessagePeer& peer = *live_peer(header.sender_id);
  if (heard.acknowledges && !peer.sender->on_ack(heard.ack, link_id, now_ns)) counters_.add(MessageCounter::acks_refused);
  if (heard.fragments.empty()) send_frame(peer, link_id, FrameType::multicast_heard, {});
  Arrivals arrivals;
  arrivals.news = heard.pressing;
  Fragment fragment;
  for (std::span<const std::uint8_t> rest = heard.fragments; take_multicast_fragment(rest, heard, fragment);) {
    arrivals.add(on_fragment(peer, link_id, fragment));
  }
  acknowledge({&peer, nullptr}, link_id, arrivals);
  touch(peer);
}

void MessageEngine::on_multicast_heard(std::uint8_t link_id, std::span<std::uint8_t> frame, const FrameHeader& header, const LinkAddress& source,
                                       std::uint64_t now_ns) {
  Origin origin;
  Reject reason = admit(link_id, frame, header, source, now_ns, origin);
  if (reason == Reject::none && origin.relay != nullptr) reason = Reject::source;
  if (reason == Reject::none && header.body_length != 0) reason = Reject::body;
  if (reason != Reject::none) return reject(reason, header.sender_id, link_id, now_ns);
  set_hears(*origin.peer, static_cast<LinkMask>(origin.peer->hears | (multicast_links_ & 1u << link_id)));
}

}  // namespace heartwire
