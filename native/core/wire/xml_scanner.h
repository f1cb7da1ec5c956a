// Cuts one element of attributes after the other out of a text, in place and bounded. Knows the marks of
// XML but no names; what an element means is xml_fields.h's.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace heartwire {

inline constexpr std::size_t kXmlAttributesMax = 16;

struct XmlElement {
  std::string_view name;
  struct Attribute { std::string_view name, value; };
  std::array<Attribute, kXmlAttributesMax> attributes;
  std::size_t count = 0;
  bool empty = false;                                   // ended by "/>"
};

class XmlScanner {
 public:
  explicit XmlScanner(std::string_view text) : text_(text) {}
  // <name attribute="value" ...> or .../>; false: something else stands here.
  bool open(XmlElement& element);
  // True when "</" comes next, after white space.
  bool at_close();
  // </name>
  bool close(std::string_view name);
  // Only white space is left.
  bool at_end();

 private:
  bool attribute(XmlElement& element);
  std::string_view name();
  bool white_space();
  bool take(std::string_view mark);
  std::string_view text_;
};

}  // namespace heartwire
