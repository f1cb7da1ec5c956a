// See reliable_sender.h. Numbers are unsigned 32 bits and wrap; a number is only ever used as its distance
// from base_, after that distance was compared with what is in flight.
#include "core/message/reliable_sender.h"

#include <algorithm>

namespace heartwire {
namespace {

constexpr unsigned kLaterArrivals = 3;  // so many that were sent later have arrived: this one is lost, not late
constexpr std::uint64_t kProbeNs = 1'000'000;  // at least: less is the peer's scheduler, not a loss
constexpr std::uint64_t kDoubtNs = 1'000'000;  // a network that owes an answer for so long is not relied on alone
constexpr std::uint64_t kHoldsMin = 4;         // a retry timer of fewer holds of an acknowledgement cannot wait for one

}  // namespace

void ReliableSender::submit(std::uint64_t id, std::vector<std::uint8_t> payload, std::uint64_t now_ns, bool quiet) {
  if (!quiet) loud_id_ = id;
  messages_.push_back({id, std::move(payload), now_ns, quiet});
  fill(now_ns);
}

std::uint32_t ReliableSender::window() const {
  const std::uint32_t wanted = probing_ ? 1 : parameters_.send_window;
  return std::max(1u, std::min(wanted, peer_window_));  // a closed window is asked after with one fragment
}

// What waits is quiet, all of it: until the oldest has waited for long enough, then all goes together.
bool ReliableSender::rests(std::uint64_t now_ns) const {
  if (begun_ >= messages_.size()) return true;
  const Message& oldest = messages_[begun_];
  return oldest.id > loud_id_ && oldest.begun == 0 && now_ns < oldest.queued_ns + kQuietHoldNs;
}

// Gives numbers to as many fragments as the window has room for, and sends them.
void ReliableSender::fill(std::uint64_t now_ns) {
  if (rests(now_ns)) return;
  while (in_flight_.size() < window() && begun_ < messages_.size() && paths_.usable() != 0) {
    Message& message = messages_[begun_];
    if (message.count == 0) {
      message.part_bytes = parameters_.fragment_bytes_max - static_cast<std::uint32_t>(kStreamOverheadBytes);
      message.count = parts_of(message.payload.size(), message.part_bytes);
    }
    in_flight_.push_back({front_ordinal_ + begun_, message.begun});
    if (++message.begun == message.count) begun_++;
    send(in_flight_.size() - 1, now_ns);
  }
}

void ReliableSender::send(std::size_t position, std::uint64_t now_ns) {
  InFlight& flying = in_flight_[position];
  const Message& message = messages_[flying.ordinal - front_ordinal_];
  const LinkMask links = choose(flying, message.count, now_ns);
  flying.tries++;
  flying.tried = links;
  flying.resend_ns = now_ns + retry_ns(flying.tries);
  transmit(position, links, now_ns, flying.tries > 1);
  expect_answer(now_ns);
}

// What fits into one fragment goes over all networks, or over one while that is trusted. What is sent again goes over others.
LinkMask ReliableSender::choose(const InFlight& flying, std::uint16_t parts, std::uint64_t now_ns) {
  if (flying.tries > 0) {
    resent_++;
    trust_.troubled(now_ns);
    return paths_.again(parts == 1, flying.tried, now_ns, retry_ns(1));
  }
  const bool everywhere = parts == 1 && !(trust_.holds(now_ns) && paths_.answers(now_ns, kDoubtNs, retry_ns(1)));
  if (everywhere) trust_.spread(now_ns);
  return paths_.first(everywhere, now_ns, retry_ns(1));
}

void ReliableSender::transmit(std::size_t position, LinkMask links, std::uint64_t now_ns, bool again) {
  InFlight& flying = in_flight_[position];
  const Message& message = messages_[flying.ordinal - front_ordinal_];
  flying.sent_ns = now_ns;
  if (links == 0) return;
  const std::size_t offset = std::size_t{flying.index} * message.part_bytes;
  const std::size_t bytes = std::min<std::size_t>(message.part_bytes, message.payload.size() - offset);
  Fragment fragment;
  fragment.stream = stream_;
  fragment.number = base_ + static_cast<std::uint32_t>(position);
  fragment.message = message.id;
  fragment.index = flying.index;
  fragment.count = message.count;
  fragment.quiet = message.quiet;
  fragment.payload = std::span(message.payload).subspan(offset, bytes);
  const bool pressing = again || presses(message, flying);
  answer_hold_ns_ = pressing ? 0 : kAckHoldNs;
  sink_.transmit(links, fragment, again, pressing);
}

// Whether we wait for the acknowledgement: nothing is known of the round trip yet, the window fills, a message that has taken
// one path alone is out, or the retry timer is too short for an acknowledgement that is held back.
bool ReliableSender::presses(const Message& message, const InFlight& flying) const {
  const bool last_of_one_path = message.count > 1 && flying.index + 1 == message.count;
  return round_trip_.smoothed_ns() == 0 || 2 * in_flight_.size() >= window() || last_of_one_path || retry_ns(1) < kHoldsMin * kAckHoldNs;
}

// Nothing tells that the last of what was sent is lost, but a silence longer than the round trip: then the youngest is
// sent once more, and its acknowledgement shows what else is missing. Each probe without an answer doubles the wait, up to
// the retry timer, from where the retries go on. A round trip must have been measured.
void ReliableSender::probe(std::uint64_t now_ns) {
  if (now_ns < probe_ns_) return;
  std::size_t position = in_flight_.size();
  while (position > 0 && in_flight_[position - 1].acknowledged) position--;
  if (position > 0) {
    InFlight& flying = in_flight_[position - 1];
    const bool everywhere = messages_[flying.ordinal - front_ordinal_].count == 1;
    flying.probed = true;
    resent_++;
    trust_.troubled(now_ns);
    transmit(position - 1, paths_.again(everywhere, flying.tried, now_ns, retry_ns(1)), now_ns, true);
  }
  probes_++;
  expect_answer(now_ns);
}

void ReliableSender::expect_answer(std::uint64_t now_ns) {
  const std::uint64_t after_ns = probe_after_ns();
  probe_ns_ = in_flight_.empty() || after_ns >= retry_ns(1) ? UINT64_MAX : now_ns + after_ns;
}

std::uint64_t ReliableSender::probe_after_ns() const {
  if (round_trip_.smoothed_ns() == 0) return UINT64_MAX;
  return (answer_hold_ns_ + std::max(kProbeNs, 2 * round_trip_.retry_ns(0, 1))) << std::min(probes_, 16u);
}

bool ReliableSender::on_ack(const FragmentAck& ack, std::uint8_t link_id, std::uint64_t now_ns) {
  if (link_id < kLinksMax) paths_.answered(link_id);
  if (ack.stream != stream_) return false;
  if (ack.reset) {
    begin_stream();
    fill(now_ns);
    return true;
  }
  const std::uint32_t advanced = ack.next - base_;
  if (advanced > in_flight_.size()) return false;
  const std::size_t behind = in_flight_.size() - advanced;  // fragments at and after `next`; bit k is the one at k + 1
  for (std::uint32_t bit = 0; bit < kReceiveWindow; bit++) {
    if (bitmap_has(ack, bit) && bit + 1 >= behind) return false;
  }
  acknowledge(advanced, ack, now_ns);
  peer_window_ = ack.window;
  if (advanced > 0) {
    drop_front(advanced);
    progress_ns_ = now_ns;
    probing_ = false;
  }
  resend_holes(now_ns);
  fill(now_ns);
  return true;
}

// Marks what has arrived; the youngest of it that was sent once gives the round trip.
void ReliableSender::acknowledge(std::uint32_t advanced, const FragmentAck& ack, std::uint64_t now_ns) {
  const InFlight* youngest = nullptr;
  bool anything = false;
  for (std::size_t position = 0; position < in_flight_.size(); position++) {
    const bool arrived = position < advanced || (position > advanced && bitmap_has(ack, static_cast<std::uint32_t>(position) - advanced - 1));
    InFlight& flying = in_flight_[position];
    if (!arrived || flying.acknowledged) continue;
    flying.acknowledged = true;
    anything = true;
    if (flying.tries == 1 && !flying.probed) youngest = &flying;
  }
  if (youngest != nullptr) {
    const std::uint64_t took_ns = now_ns - youngest->sent_ns;
    round_trip_.sample(took_ns - std::min(took_ns, std::uint64_t{ack.delay_us} * 1000));
  }
  if (!anything) return;
  trust_.answered(now_ns);
  probes_ = 0;
  expect_answer(now_ns);
}

void ReliableSender::drop_front(std::uint32_t count) {
  for (; count > 0; count--) {
    const InFlight flying = in_flight_.front();
    in_flight_.pop_front();
    base_++;
    if (flying.index + 1 < messages_.front().count) continue;
    const std::uint64_t id = messages_.front().id;
    messages_.pop_front();
    front_ordinal_++;
    begun_--;
    sink_.delivered(id);
  }
}

// What has several later arrivals behind it, or one that was sent a whole round trip later, need not wait for its timer.
void ReliableSender::resend_holes(std::uint64_t now_ns) {
  const std::uint64_t round_trip_ns = round_trip_.smoothed_ns() == 0 ? UINT64_MAX : round_trip_.retry_ns(0, 1);
  unsigned later = 0;
  std::uint64_t newest_ns = 0;
  for (std::size_t position = in_flight_.size(); position-- > 0;) {
    const InFlight& flying = in_flight_[position];
    if (flying.acknowledged) {
      later++;
      newest_ns = std::max(newest_ns, flying.sent_ns);
    } else if (flying.sent_ns <= newest_ns && (later >= kLaterArrivals || newest_ns - flying.sent_ns > round_trip_ns)) {
      send(position, now_ns);
    }
  }
}

void ReliableSender::tick(std::uint64_t now_ns) {
  give_up(now_ns);
  for (std::size_t position = 0; position < in_flight_.size(); position++) {
    const InFlight& flying = in_flight_[position];
    if (!flying.acknowledged && flying.resend_ns <= now_ns) send(position, now_ns);
  }
  probe(now_ns);
  fill(now_ns);
}

// A peer that acknowledges anything is not given up; one that is silent is, message by message, as each has had its time.
std::uint64_t ReliableSender::overdue_ns() const {
  return std::max(messages_.front().queued_ns, progress_ns_) + std::uint64_t{parameters_.retry_time_max_ms} * 1'000'000;
}

void ReliableSender::give_up(std::uint64_t now_ns) {
  if (messages_.empty() || overdue_ns() > now_ns) return;
  std::vector<std::uint64_t> ids;
  for (; !messages_.empty() && overdue_ns() <= now_ns; messages_.pop_front()) ids.push_back(messages_.front().id);
  front_ordinal_ += ids.size();
  begin_stream();
  for (const std::uint64_t id : ids) sink_.undeliverable(id);
}

void ReliableSender::fail_all() {
  std::deque<Message> lost;
  lost.swap(messages_);
  begin_stream();
  for (const Message& message : lost) sink_.undeliverable(message.id);
}

void ReliableSender::begin_stream() {
  stream_++;
  in_flight_.clear();
  probe_ns_ = UINT64_MAX;
  base_ = first_number_;
  peer_window_ = kReceiveWindow;
  begun_ = 0;
  probing_ = true;
  for (Message& message : messages_) {
    if (message.begun == 0) break;
    message.begun = 0;
    message.count = 0;
  }
}

void ReliableSender::set_usable(LinkMask links, std::uint64_t now_ns) {
  const bool first = paths_.usable() == 0 && links != 0;
  paths_.set_usable(links);
  if (!first) return;
  for (InFlight& flying : in_flight_) flying.resend_ns = now_ns;
  tick(now_ns);
}

std::uint64_t ReliableSender::next_deadline_ns() const {
  if (messages_.empty()) return UINT64_MAX;
  std::uint64_t deadline_ns = in_flight_.empty() ? overdue_ns() : std::min(overdue_ns(), probe_ns_);
  const bool room = begun_ < messages_.size() && in_flight_.size() < window() && paths_.usable() != 0;
  if (room) deadline_ns = std::min(deadline_ns, messages_[begun_].queued_ns + kQuietHoldNs);  // what waits is quiet
  for (const InFlight& flying : in_flight_) {
    if (!flying.acknowledged) deadline_ns = std::min(deadline_ns, flying.resend_ns);
  }
  return deadline_ns;
}

}  // namespace heartwire
