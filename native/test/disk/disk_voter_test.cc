// Two nodes and a disk: what is written and read in which order, and thousands of random hours in which neither crashes,
// drifting clocks nor a disk that hangs may give the seat to both at once. Planted bugs must be caught by the same hours.
#include "core/disk/disk_voter.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

#include "core/lease/tenure.h"

namespace heartwire {
namespace {

constexpr std::uint64_t kMs = 1'000'000, kCluster = 7;
constexpr std::uint32_t kLeaseUs = 1'000'000;

// A node that asks for the seat, owns it, gives it back, crashes and starts anew, as the engine would.
struct Client {
  std::unique_ptr<DiskVoter> voter;
  double drift = 1;                  // its clock
  std::uint64_t boot = 0, epoch = 0, known = 0, until_ns = 0 /* own clock */, forgotten_ns = 0;
  bool owns = false, alive = false, busy = false;
  DiskIo io;
  std::uint64_t life = 0;
};

class DiskWorld {
 public:
  DiskWorld(unsigned seed, DiskBug bug) : random_(seed), bug_(bug) {
    for (std::size_t index = 0; index < 2; ++index) {
      disk_[index].node_id = static_cast<std::uint16_t>(index + 1);
      disk_[index].cluster_id = kCluster;
      clients_[index].drift = 1 + (static_cast<double>(pick(0, 2000)) - 1000) / 1e6;
      start(index);
    }
  }

  void run(std::uint64_t until_ns) {
    while (now_ns_ < until_ns && !two_owners) {
      now_ns_ += pick(1, 5) * kMs;
      while (!queue_.empty() && queue_.begin()->first <= now_ns_) {
        auto act = queue_.begin()->second;
        queue_.erase(queue_.begin());
        act();
      }
      for (std::size_t index = 0; index < 2; ++index) live(index);
      if (holds(0) && holds(1)) two_owners = true;
      ever_held += holds(0) || holds(1) ? 1 : 0;
      ++steps;
    }
  }

  bool two_owners = false;
  std::uint64_t steps = 0, ever_held = 0, takeovers = 0;

 private:
  std::uint64_t pick(std::uint64_t low, std::uint64_t high) { return std::uniform_int_distribution<std::uint64_t>(low, high)(random_); }
  std::uint64_t local(std::size_t index) const { return static_cast<std::uint64_t>(static_cast<double>(now_ns_) * clients_[index].drift) + kMs; }
  bool holds(std::size_t index) const { return clients_[index].alive && clients_[index].owns && local(index) < clients_[index].until_ns; }

  void start(std::size_t index) {
    Client& client = clients_[index];
    const DiskVoter::Self self{kCluster, ++client.boot, static_cast<std::uint16_t>(index + 1), kLeaseUs, local(index) + kLeaseUs * 1000};
    client.voter = std::make_unique<DiskVoter>(self, bug_);
    client.alive = true;
    client.owns = client.busy = false;
    client.until_ns = client.forgotten_ns = client.epoch = 0;
    ++client.life;
  }

  void order(std::size_t index, DiskWish wish) {
    Client& client = clients_[index];
    if (wish == DiskWish::nothing) client.owns = false, client.until_ns = 0, client.forgotten_ns = local(index);
    client.voter->order({wish, wish == DiskWish::nothing ? 0 : client.epoch}, local(index));
  }

  void live(std::size_t index) {
    Client& client = clients_[index];
    const std::uint64_t chance = pick(0, 9999);
    if (!client.alive) {
      if (chance < 20) start(index);
      return;
    }
    if (chance < 3) {  // power loss; a write under way may land all the same
      client.alive = client.owns = false;
      return;
    }
    if (client.owns && chance < 13) order(index, DiskWish::nothing);
    else if (client.owns && chance < 18) client.voter->order({DiskWish::let_go, client.epoch}, local(index));  // it counts what it has to the end
    if (client.owns && local(index) >= client.until_ns && chance < 1000) order(index, DiskWish::nothing);
    if (!client.owns && chance < 50) {
      client.epoch = ++client.known;
      order(index, DiskWish::ask);
    }
    if (!client.busy) begin(index);
  }

  void begin(std::size_t index) {
    Client& client = clients_[index];
    client.io = client.voter->next(local(index));
    if (client.io.kind == DiskIo::Kind::none) return;
    client.busy = true;
    const std::uint64_t life = client.life, slow = pick(0, 99) < 3 ? pick(1, 4000) : 0;
    const std::uint64_t happens_ns = now_ns_ + (pick(0, 8) + slow) * kMs;
    const DiskIo io = client.io;
    queue_.emplace(happens_ns, [this, index, life, io] {
      DiskRecord& own = disk_[index];
      // After a crash too, but not after the restart: the kernel ends a process only when its writes have ended.
      if (io.kind == DiskIo::Kind::write && clients_[index].life == life) own = io.record;
      const DiskRecord read = io.kind == DiskIo::Kind::read_own ? own : disk_[1 - index];
      const bool ok = pick(0, 99) != 0;
      queue_.emplace(now_ns_ + pick(0, 8) * kMs, [this, index, life, ok, read] {
        if (clients_[index].life == life && clients_[index].alive) end(index, ok, read);
      });
    });
  }

  void end(std::size_t index, bool ok, const DiskRecord& read) {
    Client& client = clients_[index];
    client.busy = false;
    const auto answer = client.voter->done(ok, read, local(index));
    if (!answer || answer->wish == DiskWish::nothing) return;
    if (answer->answer == Answer::epoch_old) {
      client.known = std::max(client.known, answer->epoch);
      order(index, DiskWish::nothing);
    } else if (answer->answer == Answer::yes && answer->epoch == client.epoch && answer->sent_ns > client.forgotten_ns) {
      const std::uint64_t lease_ns = std::uint64_t{answer->lease_us} * 1000;
      client.until_ns = std::max(client.until_ns, answer->sent_ns + lease_ns - lease_margin_ns(lease_ns));
      if (!client.owns) ++takeovers;
      client.owns = true;
      order(index, DiskWish::claim);
    }
  }

  std::mt19937 random_;
  const DiskBug bug_;
  std::uint64_t now_ns_ = 0;
  DiskRecord disk_[2];
  Client clients_[2];
  std::multimap<std::uint64_t, std::function<void()>> queue_;
};

// Each is ten minutes. There is one thread: the sanitizer of threads, under which each takes a second, has nothing to find here.
#ifdef __SANITIZE_THREAD__
constexpr unsigned kSeeds = 20;
#else
constexpr unsigned kSeeds = 200;
#endif

TEST(DiskVoter, NeverGivesTheSeatToBothInThousandsOfRandomMinutes) {
  std::uint64_t takeovers = 0, steps = 0, held = 0;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    DiskWorld world(seed, DiskBug::none);
    world.run(600'000 * kMs);
    ASSERT_FALSE(world.two_owners) << "seed " << seed;
    takeovers += world.takeovers;
    steps += world.steps;
    held += world.ever_held;
  }
  EXPECT_GT(takeovers, 25 * kSeeds);
  EXPECT_GT(held * 3, steps) << "and somebody has it most of the time";
}

TEST(DiskVoter, EachPlantedBugIsCaughtByTheSameMinutes) {
  for (int bug = 1; bug < static_cast<int>(DiskBug::count); ++bug) {
    bool caught = false;
    for (unsigned seed = 1; seed <= 200 && !caught; ++seed) {
      DiskWorld world(seed, static_cast<DiskBug>(bug));
      world.run(600'000 * kMs);
      caught = world.two_owners;
    }
    EXPECT_TRUE(caught) << "bug " << bug;
  }
}

}  // namespace
}  // namespace heartwire
