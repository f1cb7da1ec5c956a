// Frames, rings and parties that several wire tests use, with every field different from every other.
#pragma once
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/wire/beat.h"
#include "core/wire/frame.h"
#include "core/wire/key_ring.h"
#include "core/wire/seal.h"
#include "core/wire/session_builder.h"

namespace heartwire::samples {

using Bytes = std::vector<std::uint8_t>;

// `count` bytes that count up from `first`.
inline Bytes counting(std::size_t count, std::uint8_t first) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

inline Salt salt(std::uint8_t first) {
  Salt value;
  std::iota(value.begin(), value.end(), first);
  return value;
}

inline std::shared_ptr<KeyRing> ring(std::vector<std::uint8_t> ids = {7}, std::uint8_t first = 1) {
  std::vector<Bytes> keys;
  std::vector<KeyRing::Entry> entries;
  for (std::uint8_t id : ids) keys.push_back(counting(32, static_cast<std::uint8_t>(first + id)));
  for (std::size_t i = 0; i < ids.size(); i++) entries.push_back({ids[i], keys[i]});
  std::string why;
  return KeyRing::build(entries, why);
}

inline FrameHeader header(FrameType type = FrameType::beat) {
  FrameHeader header;
  header.type = type;
  header.key_id = 7;
  header.link_id = 2;
  header.cluster_id = 0x1122334455667788;
  header.sender_id = 0x0102;
  header.receiver_id = 0x0304;
  header.sender_boot = 0xa1a2a3a4a5a6a7a8;
  header.receiver_boot = 0xb1b2b3b4b5b6b7b8;
  header.sequence = 0xc1c2c3c4c5c6c7c8;
  return header;
}

inline Beat beat(std::uint8_t claims = 3, std::uint8_t asks = 2) {
  Beat beat;
  beat.sent_ns = 0x0807060504030201;
  beat.interval_us = 1000;
  beat.timeout_us = 3000;
  beat.stalled = true;
  beat.serves = 0x85;
  beat.claim_count = claims;
  beat.ask_count = asks;
  for (std::uint8_t i = 0; i < claims && i < kSeatsMax; i++)
    beat.claims[i] = {i, static_cast<ClaimState>(1 + i % 3), static_cast<std::uint16_t>(i % 3 == 2 ? 500 + i : 0), 3000u + i, 900u + i};
  for (std::uint8_t i = 0; i < asks && i < kSeatsMax; i++)
    beat.asks[i] = {static_cast<std::uint8_t>(kSeatsMax - 1 - i), 77, 4000u + i, 1000u + i, 0xf000000000000000u + i};
  return beat;
}

inline Ack ack(std::uint8_t grants = 3, std::uint8_t votes = 8) {
  Ack ack;
  ack.echo_sequence = 0xd1d2d3d4d5d6d7d8;
  ack.echo_sent_ns = 0x0807060504030201;
  ack.held_ns = 45678;
  ack.change_done = true;
  ack.serves = 0x83;
  ack.grant_count = grants;
  ack.vote_count = votes;
  for (std::uint8_t i = 0; i < grants && i < kSeatsMax; i++)
    ack.grants[i] = {i, static_cast<Answer>(1 + i), 3000u + i, 900u + i};
  for (std::uint8_t i = 0; i < votes && i < kSeatsMax; i++)
    ack.votes[i] = {i, static_cast<Answer>(1 + i), 100u + i, 4000u + i, 1000u + i};
  return ack;
}

// An unsealed frame with room for the tag.
inline Bytes frame_of(FrameHeader& header, std::span<const std::uint8_t> body) {
  header.body_length = static_cast<std::uint16_t>(body.size());
  Bytes frame(frame_bytes(header));
  encode_header(header, frame);
  std::copy(body.begin(), body.end(), frame.begin() + kHeaderBytes);
  return frame;
}

inline Bytes body_of(const Beat& beat) {
  Bytes body(kBodyBytesMax);
  body.resize(encode_beat(beat, body));
  return body;
}

inline Bytes body_of(const Ack& ack) {
  Bytes body(kBodyBytesMax);
  body.resize(encode_ack(ack, body));
  return body;
}

inline SessionParties parties(std::uint16_t self, std::uint16_t peer) {
  const auto introduce = [](std::uint16_t id) {
    return Introduction{1000u + id, salt(static_cast<std::uint8_t>(id)), 5250, 5251};
  };
  return {self, introduce(self), peer, introduce(peer)};
}

}  // namespace heartwire::samples
