#include "hub/json_lines.hpp"

#include <algorithm>

namespace convoke {
namespace {

constexpr std::string_view inside_a_list = "[]";

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  JsonLines scan() {
    while (at_ < text_.size()) step(text_[at_]);
    return std::move(found_);
  }

 private:
  void step(char c) {
    if (text_.substr(at_).starts_with("//")) return skip_past("\n");
    if (text_.substr(at_).starts_with("/*")) return skip_past("*/");
    if (c == '"') return take_string();
    if (c == ':') remember_member();
    if (c == '{') path_.push_back(std::exchange(name_, ""));
    if (c == '[') path_.emplace_back(inside_a_list), name_.clear();
    if ((c == '}' || c == ']') && !path_.empty()) path_.pop_back();
    advance(1);
  }

  void take_string() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    string_ = text_.substr(at_ + 1, end - at_ - 1);
    string_line_ = line_;
    advance(end + 1 - at_);
  }

  void remember_member() {
    name_ = string_;
    std::string path;
    for (const std::string& part : path_) path += part.empty() ? "" : part + ".";
    path += name_;
    const bool is_new = found_.lines.emplace(path, string_line_).second;
    if (!is_new && !is_known_to_repeat(path)) found_.repeated.push_back(path);
  }

  /// The objects of a list share their path, and so do the members of two objects of one name.
  bool is_known_to_repeat(const std::string& path) const {
    const auto inside = [&](const std::string& other) { return path.starts_with(other + "."); };
    return path.contains(inside_a_list) || std::ranges::any_of(found_.repeated, inside);
  }

  void skip_past(std::string_view end) { advance(text_.find(end, at_ + 2) - at_ + end.size()); }

  void advance(std::size_t count) {
    const std::size_t next = std::min(text_.size(), at_ + std::min(count, text_.size()));
    line_ += static_cast<int>(std::ranges::count(text_.substr(at_, next - at_), '\n'));
    at_ = next;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<std::string> path_;
  std::string name_;  ///< of the member whose value comes next
  std::string_view string_;
  int string_line_ = 0;
  JsonLines found_;
};

}  // namespace

JsonLines json_lines(std::string_view text) { return Scanner(text).scan(); }

int line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, offset), '\n'));
}

}  // namespace convoke
