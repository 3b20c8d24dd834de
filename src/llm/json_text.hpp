#pragma once
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace convoke {

/// JSON written straight to text, for documents that are sent and forgotten: several times faster than building a
/// json::value first.
void append_quoted(std::string& out, std::string_view text);
void append_number(std::string& out, double number);
void append_number(std::string& out, std::int64_t number);
void append_value(std::string& out, const json::value& value);

/// Writes the members of an object: `{`, commas and `}` come by themselves.
///
///     ObjectWriter object(out);
///     append_quoted(object.member("model"), model);
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ~ObjectWriter() { out_ += '}'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  /// Begins a member; its value is then appended to what this returns.
  std::string& member(std::string_view name) {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    append_quoted(out_, name);
    out_ += ':';
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_quoted(member(name), value); }

 private:
  std::string& out_;
  bool is_first_ = true;
};

/// The same for the items of an array.
class ArrayWriter {
 public:
  explicit ArrayWriter(std::string& out) : out_(out) { out_ += '['; }
  ~ArrayWriter() { out_ += ']'; }
  ArrayWriter(const ArrayWriter&) = delete;
  ArrayWriter& operator=(const ArrayWriter&) = delete;

  std::string& item() {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    return out_;
  }

 private:
  std::string& out_;
  bool is_first_ = true;
};

}  // namespace convoke
