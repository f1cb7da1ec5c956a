// See guard_hooks.h. Ours has the first preference there is. What an earlier start has left stands in the same place, so
// that putting ours there replaces it, at one instant.
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

#include <arpa/inet.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "core/guard/guard_hooks.h"
#include "core/net/netlink_socket.h"

namespace heartwire {

namespace {

constexpr std::uint32_t kPreference = 1, kHandle = 0x6877, kAllProtocols = 0x0003;  // ETH_P_ALL

std::span<const std::uint8_t> text(std::string_view value) {
  return {reinterpret_cast<const std::uint8_t*>(value.data()), value.size() + 1};
}

tcmsg message_for(int interface_index, bpf::Direction direction) {
  tcmsg message{};
  message.tcm_ifindex = interface_index;
  message.tcm_parent = TC_H_MAKE(TC_H_CLSACT, direction == bpf::Direction::in ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
  message.tcm_handle = kHandle;
  message.tcm_info = TC_H_MAKE(kPreference << 16, htons(kAllProtocols));
  return message;
}

class ClsactHooks final : public GuardHooks {
 public:
  ClsactHooks(GuardPrograms programs, std::unique_ptr<NetlinkRequests> requests) : programs_(programs), requests_(std::move(requests)) {}

  int attach(int interface_index) override {
    tcmsg discipline{};
    discipline.tcm_ifindex = interface_index;
    discipline.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
    discipline.tcm_parent = TC_H_CLSACT;
    NetlinkBatch add;
    add.begin(RTM_NEWQDISC, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, 1, as_bytes(discipline));
    add.attribute(TCA_KIND, text("clsact"));
    if (const int error = request(add); error != 0 && error != EEXIST) return error;
    const int error = put(interface_index, bpf::Direction::in, programs_.in);
    return error != 0 ? error : put(interface_index, bpf::Direction::out, programs_.out);
  }

  void detach(int interface_index) override {
    for (const bpf::Direction direction : {bpf::Direction::in, bpf::Direction::out}) {
      NetlinkBatch remove;
      remove.begin(RTM_DELTFILTER, NLM_F_REQUEST, 1, as_bytes(message_for(interface_index, direction)));
      remove.attribute(TCA_KIND, text("bpf"));
      request(remove);
    }
  }

  bool keep_first(int) override { return true; }  // nothing comes before the first preference; tcx does, and is not asked
  void clear(int, std::span<const std::uint32_t>) override {}

 private:
  int put(int interface_index, bpf::Direction direction, int program) {
    NetlinkBatch options;  // nested attributes: their bytes behind an empty header that is cut off again
    const std::uint32_t descriptor = static_cast<std::uint32_t>(program), flags = TCA_BPF_FLAG_ACT_DIRECT;
    options.begin(0, 0, 0, {});
    options.attribute(TCA_BPF_FD, as_bytes(descriptor));
    options.attribute(TCA_BPF_NAME, text("heartwire"));
    options.attribute(TCA_BPF_FLAGS, as_bytes(flags));
    NetlinkBatch add;
    add.begin(RTM_NEWTFILTER, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE, 1, as_bytes(message_for(interface_index, direction)));
    add.attribute(TCA_KIND, text("bpf"));
    add.attribute(TCA_OPTIONS, options.bytes().subspan(sizeof(nlmsghdr)));
    return request(add);
  }

  int request(NetlinkBatch& one) {
    one.acknowledge_last();
    int verdict = 0;
    if (const int error = requests_->send(one.bytes()); error != 0) return error;
    const int failed = requests_->collect(1, [&](const NetlinkNews& answer) { verdict = answer.error; });
    return failed != 0 ? failed : verdict;
  }

  const GuardPrograms programs_;
  const std::unique_ptr<NetlinkRequests> requests_;
};

}  // namespace

std::unique_ptr<GuardHooks> clsact_hooks(GuardPrograms programs) {
  std::unique_ptr<NetlinkRequests> requests = NetlinkRequests::open();
  return requests == nullptr ? nullptr : std::make_unique<ClsactHooks>(programs, std::move(requests));
}

}  // namespace heartwire
