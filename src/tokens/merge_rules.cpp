#include "tokens/merge_rules.hpp"

#include <queue>
#include <tuple>

namespace convoke {
namespace {

std::uint64_t pair_of(TokenId left, TokenId right) { return static_cast<std::uint64_t>(left) << 32 | right; }

constexpr std::uint32_t nowhere = 0xffffffff;

/// One token of a text with its neighbours.
struct Link {
  TokenId token;
  std::uint32_t before;
  std::uint32_t after;
};

/// A pair that might be joined; out of date once one of the two is another token.
struct Candidate {
  std::uint32_t rank;
  std::uint32_t place;
  TokenId left;
  TokenId right;
  bool operator>(const Candidate& other) const { return std::tie(rank, place) > std::tie(other.rank, other.place); }
};

}  // namespace

bool MergeRules::add_rule(std::string_view left, std::string_view right) {
  const TokenId a = find(left);
  const TokenId b = find(right);
  const TokenId made = find(std::string(left) + std::string(right));
  if (a == no_token || b == no_token || made == no_token) return false;
  rules_.insert_or_assign(pair_of(a, b), Rule{static_cast<std::uint32_t>(rules_.size()), made});
  return true;
}

TokenId MergeRules::find(std::string_view bytes) const {
  const auto found = tokens_.find(bytes);
  return found == tokens_.end() ? no_token : found->second;
}

const MergeRules::Rule* MergeRules::rule(TokenId left, TokenId right) const {
  const auto found = rules_.find(pair_of(left, right));
  return found == rules_.end() ? nullptr : &found->second;
}

void MergeRules::merge(std::vector<TokenId>& tokens) const {
  const auto count = static_cast<std::uint32_t>(tokens.size());
  std::vector<Link> links;
  links.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) links.push_back({tokens[i], i - 1, i + 1 < count ? i + 1 : nowhere});
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> waiting;
  const auto consider = [&](std::uint32_t place) {
    if (place == nowhere || links[place].after == nowhere) return;
    const TokenId right = links[links[place].after].token;
    if (const Rule* known = rule(links[place].token, right))
      waiting.push({known->rank, place, links[place].token, right});
  };
  for (std::uint32_t i = 0; i < count; ++i) consider(i);
  while (!waiting.empty()) {
    const Candidate best = waiting.top();
    waiting.pop();
    Link& left = links[best.place];
    if (left.token != best.left || left.after == nowhere || links[left.after].token != best.right) continue;
    Link& right = links[left.after];
    left.token = rule(best.left, best.right)->made;
    right.token = no_token;
    left.after = right.after;
    if (left.after != nowhere) links[left.after].before = best.place;
    consider(left.before);
    consider(best.place);
  }
  tokens.clear();
  for (std::uint32_t i = count == 0 ? nowhere : 0; i != nowhere; i = links[i].after) tokens.push_back(links[i].token);
}

}  // namespace convoke
