// The XML form of heartbeats (C6; document 002), for inspection and for nodes of other makes: one small
// element with the same fields as the binary frame.
//
//   <beat version="1" keyId="7" linkId="0" clusterId="0011223344556677" senderId="1" receiverId="2" senderBoot="1700000000"
//     receiverBoot="1700000001" sequence="42" sentNs="123" intervalUs="1000" timeoutUs="3000" stalled="false"
//     changeRequest="false" serves="3" tag="32 hexadecimal digits"><claim seat="0" state="valid" successor="0" leaseUs="3000" epoch="5"/></beat>
//
// It is another spelling, not another protocol: the tag is that of the binary frame, which decoding rebuilds and
// hands to the usual path, so one check serves both. This is a scanner of exactly this form, not an XML parser: no
// declaration, comment, entity, namespace or text; each attribute once, none missing, none unknown; in any
// order, with white space where XML allows it. Allocates nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace heartwire {

// Enough for a frame with all seats; longer input is refused. A beat of ordinary size takes 350 to 700 bytes; where the
// XML is longer than the path carries (kFrameBytesMax), the sender's way out is the binary form.
inline constexpr std::size_t kXmlBytesMax = 2560;

// A binary frame never begins like this.
inline bool is_xml(std::span<const std::uint8_t> datagram) { return !datagram.empty() && datagram[0] == '<'; }

// A sealed beat or ACK into XML. Bytes written; 0: not a well-formed frame of these types, or `out` is too short.
std::size_t frame_to_xml(std::span<const std::uint8_t> frame, std::span<std::uint8_t> out);
// XML into the sealed binary frame. Bytes written; 0: refused. The tag is copied, not checked.
std::size_t xml_to_frame(std::span<const std::uint8_t> xml, std::span<std::uint8_t> out);

}  // namespace heartwire
