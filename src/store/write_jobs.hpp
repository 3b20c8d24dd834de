#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "base/answer.hpp"
#include "base/result.hpp"
#include "store/conversation_store.hpp"

// What the one writing thread of a store does with work that is done, however it keeps what waits. A `Job` has an
// `answer` that somebody may wait for, its `outcome`, and the number of `events` it appends.
namespace convoke {

/// True for work that was refused and changed nothing, unlike work that spoilt its transaction.
inline bool is_refusal(const Error& error) {
  return error.code == Errc::invalid_input || error.code == Errc::not_found || error.code == Errc::conflict;
}

/// Takes a batch that took so long into the store's figures.
template <class Job>
void count_into(StoreStatus& status, std::span<Job> batch, std::chrono::duration<double> took) {
  status.waiting -= std::ssize(batch);
  status.commit_seconds += took.count();
  bool committed = false;
  for (const Job& job : batch) {
    if (!job.outcome) continue;
    committed = true;
    status.events += job.events;
  }
  status.commits += committed;
}

/// Wakes everybody with one post per loop: a post each would wake a busy loop many times over.
template <class Job>
void wake_all(std::vector<Job> batch) {
  std::vector<std::vector<Job>> by_loop;
  for (Job& job : batch) {
    if (!job.answer) continue;
    const auto is_its_loop = [&](const auto& jobs) { return jobs.front().answer->loop() == job.answer->loop(); };
    auto jobs = std::ranges::find_if(by_loop, is_its_loop);
    if (jobs == by_loop.end()) jobs = by_loop.insert(jobs, std::vector<Job>{});
    jobs->push_back(std::move(job));
  }
  for (auto& jobs : by_loop) {
    const Executor loop = jobs.front().answer->loop();
    hand_over(loop, [jobs = std::move(jobs)]() mutable {
      for (Job& job : jobs) job.answer->deliver(std::move(job.outcome));
    });
  }
}

}  // namespace convoke
