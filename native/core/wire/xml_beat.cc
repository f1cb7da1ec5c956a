// Puts the field lists together to documents. See xml_beat.h.
#include "core/wire/xml_beat.h"

#include <algorithm>

#include "core/wire/xml_fields.h"

namespace heartwire {
namespace {

struct Document {
  FrameHeader header;
  Beat beat;
  Ack ack;
  Tag tag;
};

// The binary frame decides what is well formed, in both directions.
bool decode(std::span<const std::uint8_t> frame, Document& document) {
  FrameHeader& header = document.header;
  if (decode_header(frame, header) != Reject::none) return false;
  const auto body = frame.subspan(kHeaderBytes, header.body_length);
  std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(kHeaderBytes + body.size()), kTagBytes, document.tag.begin());
  if (header.type == FrameType::beat) return decode_beat(body, document.beat);
  return header.type == FrameType::ack && decode_ack(body, document.ack);
}

std::size_t encode(Document& document, std::span<std::uint8_t> out) {
  if (out.size() < kHeaderBytes + kTagBytes) return 0;
  FrameHeader& header = document.header;
  const auto room = out.subspan(kHeaderBytes, std::min(out.size() - kHeaderBytes - kTagBytes, kBodyBytesMax));
  const std::size_t body = header.type == FrameType::beat ? encode_beat(document.beat, room) : encode_ack(document.ack, room);
  if (body == 0) return 0;
  header.body_length = static_cast<std::uint16_t>(body);
  encode_header(header, out);
  std::ranges::copy(document.tag, out.begin() + static_cast<std::ptrdiff_t>(kHeaderBytes + body));
  return frame_bytes(header);
}

constexpr auto claim_list = [](auto& fields, auto& record) { claim_fields(fields, record); };
constexpr auto ask_list = [](auto& fields, auto& record) { ask_fields(fields, record); };
constexpr auto grant_list = [](auto& fields, auto& record) { grant_fields(fields, record); };
constexpr auto vote_list = [](auto& fields, auto& record) { vote_fields(fields, record); };

// One empty element for each record.
template <class Record, class List>
void write_records(FieldWriter& writer, std::string_view open, std::span<const Record> records, List list) {
  for (const Record& record : records) {
    writer.text(open);
    list(writer, record);
    writer.text("/>");
  }
}

// Appends to a counted list, bounded before it is written to.
template <class Record, class List>
bool read_record(const XmlElement& element, Record (&records)[kSeatsMax], std::uint8_t& count, List list) {
  if (count >= kSeatsMax) return false;
  FieldReader reader(element);
  list(reader, records[count]);
  count++;
  return reader.done();
}

bool read_child(const XmlElement& child, Document& document) {
  const bool beat = document.header.type == FrameType::beat;
  if (beat && child.name == "claim") return read_record(child, document.beat.claims, document.beat.claim_count, claim_list);
  if (beat && child.name == "ask") return read_record(child, document.beat.asks, document.beat.ask_count, ask_list);
  if (!beat && child.name == "grant") return read_record(child, document.ack.grants, document.ack.grant_count, grant_list);
  if (!beat && child.name == "vote") return read_record(child, document.ack.votes, document.ack.vote_count, vote_list);
  return false;
}

bool read_root(const XmlElement& root, Document& document) {
  const bool beat = root.name == "beat";
  if (!beat && root.name != "ack") return false;
  document.header.type = beat ? FrameType::beat : FrameType::ack;
  FieldReader reader(root);
  header_fields(reader, document.header);
  if (beat) beat_fields(reader, document.beat);
  if (!beat) ack_fields(reader, document.ack);
  reader.tag("tag", document.tag);
  return reader.done();
}

bool read_document(XmlScanner& scanner, Document& document) {
  XmlElement root, child;
  if (!scanner.open(root) || !read_root(root, document)) return false;
  if (root.empty) return scanner.at_end();
  while (!scanner.at_close()) {
    if (!scanner.open(child) || !read_child(child, document)) return false;
    if (!child.empty && !scanner.close(child.name)) return false;
  }
  return scanner.close(root.name) && scanner.at_end();
}

}  // namespace

std::size_t frame_to_xml(std::span<const std::uint8_t> frame, std::span<std::uint8_t> out) {
  Document document;
  if (!decode(frame, document)) return 0;
  const bool is_beat = document.header.type == FrameType::beat;
  const Beat& beat = document.beat;
  const Ack& ack = document.ack;
  FieldWriter writer(out);
  writer.text(is_beat ? "<beat" : "<ack");
  header_fields(writer, document.header);
  if (is_beat) beat_fields(writer, beat);
  if (!is_beat) ack_fields(writer, ack);
  writer.tag("tag", document.tag);
  writer.text(">");
  if (is_beat) {
    write_records(writer, "<claim", std::span(beat.claims, beat.claim_count), claim_list);
    write_records(writer, "<ask", std::span(beat.asks, beat.ask_count), ask_list);
  } else {
    write_records(writer, "<grant", std::span(ack.grants, ack.grant_count), grant_list);
    write_records(writer, "<vote", std::span(ack.votes, ack.vote_count), vote_list);
  }
  writer.text(is_beat ? "</beat>" : "</ack>");
  return writer.done();
}

std::size_t xml_to_frame(std::span<const std::uint8_t> xml, std::span<std::uint8_t> out) {
  if (xml.size() > kXmlBytesMax) return 0;
  XmlScanner scanner({reinterpret_cast<const char*>(xml.data()), xml.size()});
  Document document;
  if (!read_document(scanner, document)) return 0;
  const std::size_t size = encode(document, out);
  return size != 0 && decode(out.first(size), document) ? size : 0;
}

}  // namespace heartwire
