// What the second beat thread says while the first one is late. A virtual CPU that stalls for some milliseconds takes the
// first thread with it, and the node would be taken for dead; a thread on another CPU sees that its deadline has passed and says
// "I live" in its place, and nothing else (life.cc). It does so for a second at most: a thread that hangs for good has failed.
// Pure, like the engine: time comes in, frames go out. Allocates only in its constructor.
//
// Its frames have a type of their own and one sequence for all paths, so that no nonce meets one of the first thread's.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/heartbeat/engine.h"
#include "core/heartbeat/statistics_page.h"

namespace heartwire {

inline constexpr std::uint64_t kStandInNs = 1'000'000'000;

class SecondBeats {
 public:
  SecondBeats(const EngineIdentity& self, FrameSink& sink, StatisticsPage& page);
  ~SecondBeats();
  SecondBeats(const SecondBeats&) = delete;
  SecondBeats& operator=(const SecondBeats&) = delete;

  // Sealers for sending to a peer's present start; the old ones come back for disposal elsewhere. A peer too many: `session`.
  PeerSession* exchange_session(PeerSession* session);
  void set_path(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& address);

  // `due_ns`: what the first thread waits for, as it has said last; 0: it has not begun. Says "I live" where that is over by
  // more than half an interval. Returns when to call again.
  std::uint64_t tick(std::uint64_t due_ns, std::uint64_t interval_ns, std::uint64_t now_ns);

 private:
  struct Peer {
    std::uint16_t node_id = 0;
    PeerSession* session = nullptr;
    struct Path { bool proven = false; LinkAddress address; };
    std::array<Path, kLinksMax> paths;
  };
  Peer* peer_of(std::uint16_t node_id);
  void speak(std::uint64_t now_ns);
  void send(const Peer& peer, std::uint8_t link_id, std::uint64_t now_ns);

  const EngineIdentity self_;
  FrameSink& sink_;
  StatisticsPage& page_;
  std::vector<Peer> peers_;               // fixed size; the first `peers_used_` are known
  std::vector<std::uint16_t> slot_of_;    // node id -> index + 1
  std::size_t peers_used_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t stood_in_since_ns_ = 0;   // 0: the first thread is on time
  std::uint64_t next_ns_ = 0;
};

}  // namespace heartwire
