// The XML form (C6): every frame survives the way there and back bit for bit, so that its tag still counts;
// exactly this form is read, and nothing else.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/wire/xml_beat.h"
#include "test/wire/memory_watch.h"
#include "test/wire/samples.h"

namespace heartwire {
namespace {

using samples::Bytes;

Bytes beat_frame(const Beat& beat) {
  FrameHeader header = samples::header(FrameType::beat);
  Bytes frame = samples::frame_of(header, samples::body_of(beat));
  std::ranges::copy(samples::counting(kTagBytes, 0xe0), frame.end() - kTagBytes);
  return frame;
}

Bytes ack_frame(const Ack& ack) {
  FrameHeader header = samples::header(FrameType::ack);
  Bytes frame = samples::frame_of(header, samples::body_of(ack));
  std::ranges::copy(samples::counting(kTagBytes, 0xe0), frame.end() - kTagBytes);
  return frame;
}

std::string to_xml(const Bytes& frame) {
  Bytes out(kXmlBytesMax);
  const std::size_t size = frame_to_xml(frame, out);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

Bytes from_xml(const std::string& xml) {
  Bytes out(kFrameBytesMax);
  out.resize(xml_to_frame(std::span(reinterpret_cast<const std::uint8_t*>(xml.data()), xml.size()), out));
  return out;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t found = text.find(from);
  EXPECT_NE(found, std::string::npos) << from;
  return text.replace(found, from.size(), to);
}

const char* const kBeat =
    "<beat version=\"1\" keyId=\"7\" linkId=\"2\" clusterId=\"1122334455667788\" senderId=\"258\" receiverId=\"772\" "
    "senderBoot=\"11647051513882650536\" receiverBoot=\"12804494279291877304\" sequence=\"13961937044701104072\" "
    "sentNs=\"578437695752307201\" intervalUs=\"1000\" timeoutUs=\"3000\" stalled=\"true\" changeRequest=\"false\" serves=\"133\" "
    "tag=\"e0e1e2e3e4e5e6e7e8e9eaebecedeeef\"><claim seat=\"0\" state=\"valid\" successor=\"0\" leaseUs=\"3000\" epoch=\"900\"/>"
    "<ask seat=\"7\" voterSet=\"77\" leaseUs=\"4000\" epoch=\"1000\" ordersId=\"17293822569102704640\"/></beat>";

TEST(XmlBeat, ReadsAsPeopleExpect) { EXPECT_EQ(to_xml(beat_frame(samples::beat(1, 1))), kBeat); }

TEST(XmlBeat, EveryFrameSurvives) {
  for (std::uint8_t first = 0; first <= kSeatsMax; first++)
    for (std::uint8_t second = 0; second <= kSeatsMax; second++) {
      const Bytes beat = beat_frame(samples::beat(first, second)), ack = ack_frame(samples::ack(first, second));
      EXPECT_EQ(from_xml(to_xml(beat)), beat);
      EXPECT_EQ(from_xml(to_xml(ack)), ack);
    }
}

TEST(XmlBeat, TheLongestFits) {
  Beat beat = samples::beat(8, 8);
  beat.sent_ns = UINT64_MAX;
  beat.interval_us = beat.timeout_us = UINT32_MAX;
  for (Claim& claim : beat.claims) claim = {claim.seat, ClaimState::released, 65535, UINT32_MAX, UINT64_MAX};
  for (Ask& ask : beat.asks) ask = {ask.seat, 65535, UINT32_MAX, UINT64_MAX, UINT64_MAX};
  EXPECT_EQ(from_xml(to_xml(beat_frame(beat))), beat_frame(beat));
  Ack ack = samples::ack(8, 8);
  ack.echo_sequence = ack.echo_sent_ns = UINT64_MAX;
  for (Grant& grant : ack.grants) grant = {grant.seat, Answer::epoch_old, UINT32_MAX, UINT64_MAX};
  for (Vote& vote : ack.votes) vote = {vote.seat, Answer::epoch_old, UINT32_MAX, UINT32_MAX, UINT64_MAX};
  EXPECT_EQ(from_xml(to_xml(ack_frame(ack))), ack_frame(ack));
}

TEST(XmlBeat, TheTagOfTheBinaryFrameStillCounts) {
  const KeyContext context{KeyRole::beat_1, 0x0102, 0x0304, 2, 1001, 1002, samples::salt(1)};
  const auto sealer = make_sealer(*samples::ring(), 7, context);
  FrameHeader header = samples::header();
  Bytes frame = samples::frame_of(header, samples::body_of(samples::beat()));
  ASSERT_GT(sealer->seal(frame, header, false), 0u);
  const auto opens = [&](const std::string& xml) {
    Bytes rebuilt = from_xml(xml);
    FrameHeader decoded;
    return decode_header(rebuilt, decoded) == Reject::none && sealer->open(rebuilt, decoded, false);
  };
  const std::string xml = to_xml(frame);
  EXPECT_TRUE(opens(xml));
  EXPECT_FALSE(opens(replaced(xml, "epoch=\"900\"", "epoch=\"901\"")));
  EXPECT_FALSE(opens(replaced(xml, "stalled=\"true\"", "stalled=\"false\"")));
}

TEST(XmlBeat, OrderQuotesAndWhiteSpaceAreFree) {
  const Bytes frame = beat_frame(samples::beat(1, 1));
  std::string xml = replaced(kBeat, "version=\"1\" keyId=\"7\"", "keyId\t=\n'7'\r\n  version = \"1\"");
  xml = replaced(xml, "><claim", "  >\n\t<claim");
  xml = replaced(xml, "epoch=\"900\"/>", "epoch=\"900\" > </claim >\n");
  EXPECT_EQ(from_xml("\n " + replaced(xml, "</beat>", "</beat \n>\n")), frame);
  const std::string empty = to_xml(beat_frame(samples::beat(0, 0)));
  EXPECT_EQ(from_xml(replaced(empty, "></beat>", "/>")), from_xml(empty));
}

TEST(XmlBeat, OtherFormsAreRefused) {
  const struct { const char* from; const char* to; } cases[] = {
      {"<beat", "<?xml version=\"1.0\"?><beat"}, {"<beat", "<!-- --><beat"}, {"<beat", "<!DOCTYPE beat><beat"},
      {"<beat", "text<beat"}, {"</beat>", "</beat>text"}, {"</beat>", "</beat><beat/>"}, {"</beat>", ""}, {"</beat>", "</ack>"},
      {"</beat>", "text</beat>"}, {"<beat ", "<ack "}, {"<beat ", "<Beat "}, {"<beat ", "<b:beat "}, {"<claim", "<grant"},
      {"<claim", "<other"}, {"<ask", "<vote"}, {"version=\"1\"", ""}, {"version=\"1\"", "version=\"2\""},
      {"version=\"1\"", "version=\"01\""}, {"version=\"1\"", "version=\"1\" version=\"1\""}, {"version=\"1\"", "version=\"1\" extra=\"1\""},
      {"version=\"1\" ", "version=\"1\""}, {"version=\"1\"", "version=1"}, {"version=\"1\"", "version=\"1'"}, {"version=\"1\"", "version"},
      {"keyId=\"7\"", "keyId=\"256\""}, {"keyId=\"7\"", "keyId=\"-7\""}, {"keyId=\"7\"", "keyId=\"+7\""}, {"keyId=\"7\"", "keyId=\"\""},
      {"keyId=\"7\"", "keyId=\" 7\""}, {"keyId=\"7\"", "keyId=\"7 \""}, {"keyId=\"7\"", "keyId=\"07\""}, {"keyId=\"7\"", "keyId=\"&#55;\""},
      {"linkId=\"2\"", "linkId=\"8\""}, {"senderId=\"258\"", "senderId=\"65536\""}, {"11647051513882650536", "18446744073709551616"},
      {"1122334455667788", "112233445566778"}, {"1122334455667788", "11223344556677889"}, {"1122334455667788", "112233445566778g"},
      {"1122334455667788", "0x22334455667788"}, {"e0e1", "E0E1"}, {"e0e1", "e0"}, {"\"true\"", "\"1\""}, {"\"true\"", "\"TRUE\""},
      {"\"valid\"", "\"\""}, {"\"valid\"", "\"Valid\""}, {"\"valid\"", "\"yes\""}, {"seat=\"0\"", "seat=\"8\""},
      {"leaseUs=\"3000\"", "leaseUs=\"4294967296\""}, {"<claim ", "<claim tag=\"1\" "}, {"epoch=\"900\"/>", "epoch=\"900\">"},
      {"epoch=\"900\"/>", "epoch=\"900\"></ask>"}, {"epoch=\"900\"/>", "epoch=\"900\"><claim/></claim>"}, {"epoch=\"900\"/>", "epoch=\"900\"/ >"}};
  for (const auto& [from, to] : cases) EXPECT_TRUE(from_xml(replaced(kBeat, from, to)).empty()) << from << " -> " << to;
  EXPECT_FALSE(from_xml(kBeat).empty());
}

TEST(XmlBeat, NineRecordsASeatTwiceOrTooLongAreRefused) {
  const std::string claim = "<claim seat=\"0\" state=\"valid\" successor=\"0\" leaseUs=\"3000\" epoch=\"900\"/>";
  EXPECT_TRUE(from_xml(replaced(kBeat, claim, claim + claim)).empty());
  const std::string full = to_xml(beat_frame(samples::beat(8, 0)));
  EXPECT_FALSE(from_xml(full).empty());
  EXPECT_TRUE(from_xml(replaced(full, "</beat>", claim + "</beat>")).empty());
  EXPECT_FALSE(from_xml(replaced(kBeat, "><claim", std::string(100, ' ').append("><claim"))).empty());
  EXPECT_TRUE(from_xml(replaced(kBeat, "><claim", std::string(kXmlBytesMax, ' ').append("><claim"))).empty());
}

TEST(XmlBeat, TruncatedAtEveryLengthIsRefused) {
  const std::string xml = kBeat;
  for (std::size_t length = 0; length < xml.size(); length++) EXPECT_TRUE(from_xml(xml.substr(0, length)).empty()) << length;
}

TEST(XmlBeat, OtherFrameTypesAndBrokenFramesHaveNoXml) {
  for (std::uint8_t type = 3; type <= 9; type++) {
    FrameHeader header = samples::header(static_cast<FrameType>(type));
    EXPECT_EQ(to_xml(samples::frame_of(header, samples::body_of(samples::beat()))), "");
  }
  Bytes frame = beat_frame(samples::beat());
  frame[kHeaderBytes + 17] = 200;
  EXPECT_EQ(to_xml(frame), "");
}

TEST(XmlBeat, TooLittleRoomIsNoOverrun) {
  const Bytes frame = beat_frame(samples::beat());
  const std::string xml = to_xml(frame);
  for (std::size_t room = 0; room < xml.size(); room++) {
    Bytes out(room);
    EXPECT_EQ(frame_to_xml(frame, out), 0u);
    if (room < frame.size()) {
      EXPECT_EQ(xml_to_frame(std::span(reinterpret_cast<const std::uint8_t*>(xml.data()), xml.size()), out), 0u);
    }
  }
}

#if HEARTWIRE_WATCH_MEMORY
TEST(XmlBeat, NeitherAllocatesNorLocks) {
  const Bytes frame = beat_frame(samples::beat(8, 8));
  Bytes xml(kXmlBytesMax), back(kFrameBytesMax);
  memory_watch::start({});
  const std::size_t written = frame_to_xml(frame, xml);
  const std::size_t read = xml_to_frame(std::span(xml).first(written), back);
  const memory_watch::Counts counts = memory_watch::stop();
  EXPECT_EQ(read, frame.size());
  EXPECT_EQ(counts.allocations + counts.locks, 0u);
}
#endif

}  // namespace
}  // namespace heartwire
