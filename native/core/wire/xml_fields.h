// The field lists of the XML form, each written once and used in both directions: the same list is walked by a
// FieldWriter (structure to attributes) and by a FieldReader (attributes to structure).
#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "core/wire/beat.h"
#include "core/wire/frame.h"
#include "core/wire/xml_scanner.h"

namespace heartwire {

using Tag = std::array<std::uint8_t, kTagBytes>;

inline constexpr std::string_view kClaimStateNames[] = {"valid", "lapsed", "released"};  // from 1 on
inline constexpr std::string_view kAnswerNames[] = {"yes", "held", "epochOld", "orders", "voters", "quiet", "reserve", "unfit"};

// ---- the lists ------------------------------------------------------------------------------------

template <class Fields, class Header>
void header_fields(Fields& fields, Header& header) {
  fields.constant("version", kFrameVersion);
  fields.number("keyId", header.key_id);
  fields.number("linkId", header.link_id);
  fields.hexadecimal("clusterId", header.cluster_id);
  fields.number("senderId", header.sender_id);
  fields.number("receiverId", header.receiver_id);
  fields.number("senderBoot", header.sender_boot);
  fields.number("receiverBoot", header.receiver_boot);
  fields.number("sequence", header.sequence);
}

template <class Fields, class BeatType>
void beat_fields(Fields& fields, BeatType& beat) {
  fields.number("sentNs", beat.sent_ns);
  fields.number("intervalUs", beat.interval_us);
  fields.number("timeoutUs", beat.timeout_us);
  fields.boolean("stalled", beat.stalled);
  fields.boolean("changeRequest", beat.change_request);
  fields.number("serves", beat.serves);
}

template <class Fields, class AckType>
void ack_fields(Fields& fields, AckType& ack) {
  fields.number("echoSequence", ack.echo_sequence);
  fields.number("echoSentNs", ack.echo_sent_ns);
  fields.number("heldNs", ack.held_ns);
  fields.boolean("stalled", ack.stalled);
  fields.boolean("changeDone", ack.change_done);
  fields.number("serves", ack.serves);
}

template <class Fields, class ClaimType>
void claim_fields(Fields& fields, ClaimType& claim) {
  fields.number("seat", claim.seat);
  fields.choice("state", claim.state, kClaimStateNames);
  fields.number("successor", claim.successor);
  fields.number("leaseUs", claim.lease_us);
  fields.number("epoch", claim.epoch);
}

template <class Fields, class AskType>
void ask_fields(Fields& fields, AskType& ask) {
  fields.number("seat", ask.seat);
  fields.number("voterSet", ask.voter_set);
  fields.number("leaseUs", ask.lease_us);
  fields.number("epoch", ask.epoch);
  fields.number("ordersId", ask.orders_id);
}

template <class Fields, class GrantType>
void grant_fields(Fields& fields, GrantType& grant) {
  fields.number("seat", grant.seat);
  fields.choice("answer", grant.answer, kAnswerNames);
  fields.number("leaseUs", grant.lease_us);
  fields.number("epoch", grant.epoch);
}

template <class Fields, class VoteType>
void vote_fields(Fields& fields, VoteType& vote) {
  fields.number("seat", vote.seat);
  fields.choice("answer", vote.answer, kAnswerNames);
  fields.number("waitUs", vote.wait_us);
  fields.number("leaseUs", vote.lease_us);
  fields.number("epoch", vote.epoch);
}

// ---- the two walkers --------------------------------------------------------------------------------

class FieldWriter {
 public:
  explicit FieldWriter(std::span<std::uint8_t> out) : out_(out) {}
  void text(std::string_view text);
  void constant(std::string_view name, std::uint64_t value) { number(name, value); }
  void number(std::string_view name, std::uint64_t value);
  void boolean(std::string_view name, bool value) { attribute(name, value ? "true" : "false"); }
  void hexadecimal(std::string_view name, std::uint64_t value);
  void tag(std::string_view name, std::span<const std::uint8_t, kTagBytes> value);
  template <class Choice>
  void choice(std::string_view name, Choice value, std::span<const std::string_view> names) {
    attribute(name, names[static_cast<std::size_t>(value) - 1]);
  }
  std::size_t done() const { return good_ ? at_ : 0; }  // bytes written, or 0 when they did not fit

 private:
  void attribute(std::string_view name, std::string_view value);
  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
  bool good_ = true;
};

class FieldReader {
 public:
  explicit FieldReader(const XmlElement& element) : element_(element) {}
  void constant(std::string_view name, std::uint64_t value);
  template <class Number>
  void number(std::string_view name, Number& value) {
    value = static_cast<Number>(decimal(name, std::numeric_limits<Number>::max()));
  }
  void boolean(std::string_view name, bool& value);
  void hexadecimal(std::string_view name, std::uint64_t& value);
  void tag(std::string_view name, std::span<std::uint8_t, kTagBytes> value);
  template <class Choice>
  void choice(std::string_view name, Choice& value, std::span<const std::string_view> names) {
    value = static_cast<Choice>(index(name, names) + 1);
  }
  // Each field had its attribute, and no attribute is left over: neither unknown nor a second of its name.
  bool done() const { return good_ && used_ == element_.count; }

 private:
  std::string_view find(std::string_view name);
  std::uint64_t decimal(std::string_view name, std::uint64_t max);
  std::size_t index(std::string_view name, std::span<const std::string_view> names);
  const XmlElement& element_;
  std::size_t used_ = 0;
  bool good_ = true;
};

}  // namespace heartwire
