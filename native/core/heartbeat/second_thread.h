// The second beat thread: the hands of SecondBeats (second_beats.h), on CPUs that the first thread does not use, and at the same
// priority. Like the first it takes no lock, allocates nothing after start and never calls JavaScript. It receives nothing: it
// sends from twins of the first thread's links. It wakes once an interval to see whether the first one has moved on.
//
//   message thread ─sessions, paths─▶ ┐
//   keeper ──────────links──────────▶ ├─ SecondBeats (pure) ─ twins ─▶ "I live"
//   first thread ─────deadline──────▶ ┘
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/heartbeat/second_beats.h"
#include "core/message/message_thread.h"
#include "core/net/link.h"
#include "core/rt/ring.h"
#include "core/rt/thread.h"
#include "core/rt/wake.h"

namespace heartwire {

struct Processors { std::vector<int> first, second; };

// Which CPUs each thread gets: what the first one was given and all others, or, where it may have any, all but the last and
// that one. Either empty: there is no CPU for a second thread.
Processors split_processors(const std::vector<int>& allowed, const std::vector<int>& wanted);

// A link of the keeper's for the second thread, or one that it has put down.
struct PassedTwin { std::uint8_t link_id = 0; Link* link = nullptr; /* null: give the one that you have back */ };

class SecondThread final : public FrameSink {
 public:
  // `due_ns` is the first thread's: what it waits for. `put_down` is called on this thread when there is something to dispose of.
  SecondThread(const EngineIdentity& self, std::shared_ptr<StatisticsPage> page, const std::atomic<std::uint64_t>& due_ns, const Wake& put_down);
  ~SecondThread() override;
  void stop();  // and joins; what is passed to it from then on, it keeps
  void start(const ThreadOptions& options, ThreadReport& report);
  bool running() const { return thread_.joinable(); }

  bool handover(const SessionHandover& handover);  // message thread; false: ring full
  bool pass_link(const PassedTwin& twin);          // keeper
  bool next_session(PeerSession*& session) { return put_down_sessions_.pop(session); }  // keeper: to dispose of
  bool next_link(PassedTwin& twin) { return put_down_links_.pop(twin); }                // keeper: `link` null: had none

 private:
  void run();
  void take();
  void flush();
  void send(std::uint8_t link_id, const LinkAddress& to, std::span<const std::uint8_t> frame) override;

  const std::shared_ptr<StatisticsPage> page_;
  const std::atomic<std::uint64_t>& due_ns_;
  const Wake& put_down_;
  SecondBeats beats_;
  std::unique_ptr<Link> links_[kLinksMax];
  unsigned staged_ = 0;  // links with frames to flush, a bit each
  Wake wake_;
  Ring<SessionHandover> handovers_{4096};
  // Never full: the keeper passes one twin of a link and asks for it once, and opens none anew before that is answered.
  static constexpr std::size_t kPassedLinks = 64;
  static_assert(2 * kLinksMax < kPassedLinks);
  Ring<PassedTwin> passed_links_{kPassedLinks}, put_down_links_{kPassedLinks};
  Ring<PeerSession*> put_down_sessions_{4096};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace heartwire
