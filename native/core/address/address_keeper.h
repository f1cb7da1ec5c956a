// What the address thread knows and does, without the thread: which seats are open, what is announced when, what to
// do about deletions, strays and other holders. Called from one thread; the time is an argument.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "core/address/address_thread.h"
#include "core/address/seat_addresses.h"
#include "core/address/strict_arp.h"

namespace heartwire {

class AddressKeeper {
 public:
  using Answer = std::function<void(const AddressDone&)>;
  using Report = std::function<void(const EngineEvent&)>;
  AddressKeeper(const AddressOptions& options, Answer answer, Report report);
  void set_addresses(std::vector<VirtualAddress> addresses, std::uint64_t now_ns);
  void carry_out(const AddressOrder& order, std::uint64_t now_ns);
  void on_kernel_news(const NetlinkNews& news, std::uint64_t now_ns);
  void on_holder_heard(const WirePort& port, const HeardHolder& heard, std::uint64_t now_ns);
  void on_time(std::uint64_t now_ns);
  void close_all(std::uint64_t now_ns);
  std::uint64_t next_deadline_ns() const;
  const WirePorts& ports() const { return ports_; }
  bool ports_changed() { const bool changed = ports_changed_; ports_changed_ = false; return changed; }

 private:
  struct Seat {
    bool open = false, probing = false;
    AddressOrder order{};
    std::vector<PreparedAddress> addresses;
    unsigned announced = 0;                    // how many of the later announcements are out
    std::uint64_t opened_ns = 0, next_announce_ns = UINT64_MAX, probe_until_ns = UINT64_MAX, next_probe_ns = UINT64_MAX;
  };
  void open_seat(Seat& seat, std::uint64_t now_ns);
  void close_seat(Seat& seat, std::uint64_t now_ns);
  void announce(const Seat& seat) const;
  void probe(const Seat& seat) const;
  void verify(Seat& seat, std::uint8_t index, std::uint64_t now_ns);
  void remove_stray(PreparedAddress& prepared, std::uint8_t seat, std::uint64_t now_ns);
  bool put_on(const std::vector<PreparedAddress*>& addresses, int& error);
  void report(EventKind kind, std::uint8_t seat, const PreparedAddress& prepared, std::uint64_t value, std::uint64_t now_ns) const;
  void prepare(std::uint64_t now_ns);

  const AddressOptions options_;
  const Answer answer_;
  const Report report_;
  AddressRequests requests_;
  StrictArp strict_arp_;
  WirePorts ports_;
  bool ports_changed_ = true;
  std::vector<VirtualAddress> wanted_;
  std::array<Seat, kSeatsMax> seats_;
  std::uint64_t next_check_ns_ = 0;
};

}  // namespace heartwire
