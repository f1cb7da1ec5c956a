// What the message engine keeps of one node: who it is in this start, the proven paths, its session, and the two
// halves of the stream. Counters and windows of its paths outlive a forgotten session, since the same two starts may meet
// again under the same keys: no nonce may come twice, no frame may be believed twice.
#pragma once
#include <array>
#include <cstdint>
#include <memory>

#include "core/message/question.h"
#include "core/message/reliable_receiver.h"
#include "core/message/reliable_sender.h"
#include "core/message/stream_frame.h"
#include "core/net/link_address.h"
#include "core/wire/handshake.h"
#include "core/wire/replay_window.h"
#include "core/wire/seal.h"

namespace heartwire {

struct MessagePath {
  LinkAddress address;
  ReplayWindow window;
  std::uint64_t send_sequence = 0;
  std::uint64_t announce_number = 0;        // highest heard here of this start: a lower one is a recording
  ReplayWindow multicast_window;
};

class MessageEngine;

class MessagePeer final : public SenderSink {
 public:
  MessagePeer(MessageEngine& engine, std::uint16_t id) : engine(engine), id(id) {}
  void transmit(LinkMask links, const Fragment& fragment, bool again, bool pressing) override;
  void delivered(std::uint64_t id) override;
  void undeliverable(std::uint64_t id) override;
  // Puts it with what leaves for this node alone at the end of this turn.
  void pack(LinkMask links, const Fragment& fragment, bool pressing);

  MessageEngine& engine;
  const std::uint16_t id;
  Introduction who;
  bool live = false;                        // has a session
  std::unique_ptr<PeerSession> session;     // role message
  std::unique_ptr<PeerSession> multicast;   // of what it says to several; null: no path here takes any
  LinkMask hears = 0;                       // paths on which it has said that our multicast arrives
  std::size_t staged_items = 0;             // multicast_stage.h: what it gets next comes after so many
  std::array<MessagePath, kLinksMax> paths;
  LinkMask proven = 0;
  std::unique_ptr<ReliableSender> sender;   // both null before the first session
  std::unique_ptr<ReliableReceiver> receiver;
  std::uint16_t via = 0;                    // the member that last passed something of it on
  std::size_t relay_turn = 0;               // which other one is tried next
  std::uint16_t ack_via = 0;                // it brought fragments since the last acknowledgement; 0: nobody did
  LinkMask ack_due = 0;                     // paths over which fragments came since the last acknowledgement
  std::uint64_t ack_by_ns = UINT64_MAX;     // it goes alone then, if nothing has left with it before
  std::uint64_t arrived_ns = 0;             // when the newest fragment came
  PackedFragments packed;                   // leave at the end of this turn ...
  LinkMask packed_links = 0;                // ... over each of these paths
  bool packed_pressing = false;
  Inquiries inquiries;                      // what we have asked it
  AnswerBudget answers;                     // how much of what it asks is answered
  bool touched = false;                     // is in the engine's list of peers with something to do
  std::uint64_t announce_number = 0;        // highest told of this start
  std::unique_ptr<PeerSession> beat_session;  // waits to be handed to the beat thread
  std::unique_ptr<PeerSession> second_session;  // to its second one
  LinkMask beat_paths_due = 0;              // as do the addresses of these paths
};

}  // namespace heartwire
