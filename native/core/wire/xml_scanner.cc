// See xml_scanner.h. Every step shortens `text_`, so the work is bounded by the input.
#include "core/wire/xml_scanner.h"

namespace heartwire {
namespace {

bool letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

std::string_view cut(std::string_view& text, std::size_t count) {
  const std::string_view head = text.substr(0, count);
  text.remove_prefix(count);
  return head;
}

}  // namespace

// True when there was some.
bool XmlScanner::white_space() {
  std::size_t count = 0;
  while (count < text_.size() && std::string_view(" \t\r\n").find(text_[count]) != std::string_view::npos) count++;
  text_.remove_prefix(count);
  return count > 0;
}

bool XmlScanner::take(std::string_view mark) {
  if (!text_.starts_with(mark)) return false;
  text_.remove_prefix(mark.size());
  return true;
}

std::string_view XmlScanner::name() {
  std::size_t count = 0;
  while (count < text_.size() && letter(text_[count])) count++;
  return cut(text_, count);
}

bool XmlScanner::attribute(XmlElement& element) {
  if (element.count == kXmlAttributesMax) return false;
  XmlElement::Attribute& next = element.attributes[element.count];
  next.name = name();
  if (next.name.empty()) return false;
  white_space();
  if (!take("=")) return false;
  white_space();
  const char quote = text_.empty() ? '\0' : text_[0];
  if (quote != '"' && quote != '\'') return false;
  text_.remove_prefix(1);
  const std::size_t end = text_.find(quote);
  if (end == std::string_view::npos) return false;
  next.value = cut(text_, end);
  text_.remove_prefix(1);
  element.count++;
  return true;
}

bool XmlScanner::open(XmlElement& element) {
  white_space();
  if (!take("<")) return false;
  element.name = name();
  element.count = 0;
  if (element.name.empty()) return false;
  for (;;) {
    const bool separated = white_space();
    element.empty = take("/>");
    if (element.empty || take(">")) return true;
    if (!separated || !attribute(element)) return false;
  }
}

bool XmlScanner::at_close() {
  white_space();
  return text_.starts_with("</");
}

bool XmlScanner::close(std::string_view expected) {
  white_space();
  if (!take("</") || name() != expected) return false;
  white_space();
  return take(">");
}

bool XmlScanner::at_end() {
  white_space();
  return text_.empty();
}

}  // namespace heartwire
