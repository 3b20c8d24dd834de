#include "limits/fair_queue.hpp"

#include <algorithm>

namespace convoke::limits {
namespace {

constexpr std::int64_t head_start = 30'000'000;  // microseconds of work one priority goes ahead of the next

std::int64_t delay_of(Priority priority) {
  return (static_cast<std::int64_t>(Priority::urgent) - static_cast<std::int64_t>(priority)) * head_start;
}

}  // namespace

std::int64_t FairQueue::start_for(Client client) const {
  const auto finish = finishes_.find(client);
  return finish == finishes_.end() ? clock_ : std::max(clock_, finish->second);
}

void FairQueue::note(Client client, std::int64_t start, std::int64_t cost) {
  finishes_[client] = start + cost;
  if (finishes_.size() > forget_at_) forget_idle_clients();
}

void FairQueue::forget_idle_clients() {
  std::erase_if(finishes_, [&](const auto& entry) { return entry.second <= clock_; });
  forget_at_ = std::max<std::size_t>(1024, finishes_.size() * 2);
}

void FairQueue::passed(Client client, std::int64_t cost) {
  const std::int64_t start = start_for(client);
  clock_ = std::max(clock_, start);
  note(client, start, cost);
}

FairQueue::Key FairQueue::push(Ticket ticket, Client client, std::int64_t cost, std::int64_t tokens,
                               Priority priority) {
  const std::int64_t start = start_for(client);
  note(client, start, cost);
  const Key key{start + delay_of(priority), ++arrivals_};
  const auto [before, after] = split(root_, key);
  root_ = merge(merge(before, new_node(key, {ticket, client, start, cost, tokens})), after);
  return key;
}

std::pair<FairQueue::Key, FairQueue::Waiting> FairQueue::front() const {
  Index index = root_;
  while (nodes_[index].left != nobody) index = nodes_[index].left;
  return {nodes_[index].key, nodes_[index].waiting};
}

void FairQueue::take_front() {
  const Waiting taken = erase(front().first);
  clock_ = std::max(clock_, taken.start);
}

void FairQueue::remove(const Key& key) {
  const Waiting gone = erase(key);
  const auto finish = finishes_.find(gone.client);
  if (finish != finishes_.end()) finish->second -= gone.cost;
}

Demand FairQueue::ahead_of(const Key& key) const {
  Demand sum{0, 0};
  Index index = root_;
  while (index != nobody) {
    const Node& node = nodes_[index];
    if (key <= node.key) {
      index = node.left;
      continue;
    }
    const Demand left = sum_of(node.left);
    sum.requests += left.requests + 1;
    sum.tokens += left.tokens + node.waiting.tokens;
    index = node.right;
  }
  return sum;
}

Demand FairQueue::ahead_of_next(Client client, Priority priority) const {
  return ahead_of({start_for(client) + delay_of(priority), arrivals_ + 1});
}

std::vector<FairQueue::Ticket> FairQueue::tickets() const {
  std::vector<Ticket> all;
  std::vector<Index> branches{root_};
  while (!branches.empty()) {
    const Index index = branches.back();
    branches.pop_back();
    if (index == nobody) continue;
    const Node& node = nodes_[index];
    all.push_back(node.waiting.ticket);
    branches.push_back(node.left);
    branches.push_back(node.right);
  }
  return all;
}

void FairQueue::update(Index index) {
  Node& node = nodes_[index];
  const Demand left = sum_of(node.left), right = sum_of(node.right);
  node.sum = {left.requests + right.requests + 1, left.tokens + right.tokens + node.waiting.tokens};
}

/// What comes before `key`, and the rest.
std::pair<FairQueue::Index, FairQueue::Index> FairQueue::split(Index index, const Key& key) {
  if (index == nobody) return {nobody, nobody};
  if (nodes_[index].key < key) {
    const auto [before, after] = split(nodes_[index].right, key);
    nodes_[index].right = before;
    update(index);
    return {index, after};
  }
  const auto [before, after] = split(nodes_[index].left, key);
  nodes_[index].left = after;
  update(index);
  return {before, index};
}

FairQueue::Index FairQueue::merge(Index left, Index right) {
  if (left == nobody) return right;
  if (right == nobody) return left;
  if (nodes_[left].rank > nodes_[right].rank) {
    nodes_[left].right = merge(nodes_[left].right, right);
    update(left);
    return left;
  }
  nodes_[right].left = merge(left, nodes_[right].left);
  update(right);
  return right;
}

FairQueue::Index FairQueue::new_node(const Key& key, const Waiting& waiting) {
  random_ ^= random_ << 13U, random_ ^= random_ >> 17U, random_ ^= random_ << 5U;
  Node node{.key = key, .waiting = waiting, .rank = random_, .sum = {1, waiting.tokens}};
  if (free_.empty()) {
    nodes_.push_back(node);
    return static_cast<Index>(nodes_.size() - 1);
  }
  const Index index = free_.back();
  free_.pop_back();
  nodes_[index] = node;
  return index;
}

FairQueue::Waiting FairQueue::erase(const Key& key) {
  const auto [before, from] = split(root_, key);
  const auto [it, after] = split(from, Key{key.turn, key.arrival + 1});
  root_ = merge(before, after);
  free_.push_back(it);
  return nodes_[it].waiting;
}

}  // namespace convoke::limits
