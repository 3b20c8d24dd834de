#include "mcp/auth/challenge.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

namespace convoke::mcp {

namespace {

using boost::algorithm::iequals;
using boost::algorithm::to_lower_copy;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<Challenge> read() {
    std::vector<Challenge> challenges;
    for (;;) {
      skip(" \t,");
      const std::string word = token();
      if (word.empty()) break;
      skip(" \t");
      if (take('=')) {  // a parameter of the challenge before
        std::string value = parameter_value();
        if (!challenges.empty()) challenges.back().parameters.emplace(to_lower_copy(word), std::move(value));
      } else {
        challenges.push_back({to_lower_copy(word), {}});
      }
    }
    return challenges;
  }

 private:
  void skip(std::string_view characters) {
    while (!text_.empty() && characters.contains(text_.front())) text_.remove_prefix(1);
  }

  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::string token() {
    const auto end = std::min(text_.find_first_of(" \t,=\""), text_.size());
    std::string word(text_.substr(0, end));
    text_.remove_prefix(end);
    return word;
  }

  std::string parameter_value() {
    skip(" \t");
    if (!take('"')) return token();
    std::string value;
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\' && text_.size() > 1) text_.remove_prefix(1);
      value += text_.front();
      text_.remove_prefix(1);
    }
    take('"');
    return value;
  }

  std::string_view text_;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view field) { return Reader(field).read(); }

std::optional<Challenge> oauth_challenge(const jsonrpc::Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!iequals(name, "WWW-Authenticate")) continue;
    for (Challenge& challenge : parse_challenges(value)) {
      if (challenge.scheme == "bearer" || challenge.scheme == "dpop") return std::move(challenge);
    }
  }
  return std::nullopt;
}

}  // namespace convoke::mcp
