// The bodies of write_queue.hpp's templates.
#pragma once

namespace convoke {

template <class Writer>
void WriteQueue<Writer>::submit(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_ && status_.waiting < max_waiting_) {
      ++status_.waiting;
      if (!job.is_durable) {
        job.since = SteadyClock::now();
        steps_.push_back(std::move(job));
        changed_.notify_one();
        return;
      }
      const bool is_urgent = job.answer.has_value();
      queue_.push_back(std::move(job));
      // The thread looks at the queue before it sleeps: only the entry it waits for can find it asleep.
      if (is_urgent ? ++urgent_ == wanted_ : queue_.size() == 1) changed_.notify_one();
      return;
    }
  }
  if (job.answer) {
    job.answer->send(fail(Errc::exhausted, fmt::format("{} writes wait for the disk already", max_waiting_)));
  } else {
    log_.error("store.dropped", {{"waiting", max_waiting_}});
  }
}

template <class Writer>
StoreStatus WriteQueue<Writer>::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

template <class Writer>
bool WriteQueue<Writer>::is_healthy() const {
  const std::scoped_lock lock(mutex_);
  return status_.healthy;
}

template <class Writer>
void WriteQueue<Writer>::close() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
}

template <class Writer>
bool WriteQueue<Writer>::is_closing() const {
  const std::scoped_lock lock(mutex_);
  return closing_;
}

template <class Writer>
bool WriteQueue<Writer>::is_over() const {
  const std::scoped_lock lock(mutex_);
  return closing_ && queue_.empty() && steps_.empty();
}

template <class Writer>
bool WriteQueue<Writer>::is_idle() const {
  const std::scoped_lock lock(mutex_);
  return !has_work();
}

template <class Writer>
bool WriteQueue<Writer>::somebody_waits() const {
  const std::scoped_lock lock(mutex_);
  return has_urgent_work();
}

template <class Writer>
bool WriteQueue<Writer>::wait(std::chrono::milliseconds along_patience, std::optional<SteadyClock::duration> patience) {
  std::unique_lock lock(mutex_);
  if (!patience) {
    changed_.wait(lock, [&] { return has_work(); });
  } else if (!changed_.wait_for(lock, *patience, [&] { return has_work(); })) {
    return false;
  }
  changed_.wait_for(lock, along_patience, [&] { return has_urgent_work(); });
  return true;
}

template <class Writer>
bool WriteQueue<Writer>::wait_for_urgent(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return has_urgent_work(); });
}

template <class Writer>
bool WriteQueue<Writer>::wait_for_work(SteadyClock::duration patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return has_work(); });
}

template <class Writer>
void WriteQueue<Writer>::pause(std::chrono::milliseconds moment) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, moment, [&] { return closing_; });
}

template <class Writer>
bool WriteQueue<Writer>::is_step_due() const {
  return !steps_.empty() && (queue_.empty() || SteadyClock::now() - steps_.front().since > longest_wait_of_a_step);
}

template <class Writer>
std::vector<typename WriteQueue<Writer>::Job> WriteQueue<Writer>::take(int max_events, SteadyClock::duration patience) {
  std::unique_lock lock(mutex_);
  std::vector<Job> batch;
  if (is_step_due()) {
    batch.push_back(std::move(steps_.front()));
    steps_.pop_front();
    return batch;
  }
  if (urgent_ > 0 && urgent_ < crowd_) {
    wanted_ = crowd_;
    changed_.wait_for(lock, patience, [&] { return closing_ || urgent_ >= crowd_; });
    wanted_ = 1;
  }
  crowd_ = 0;
  for (int events = 0; !queue_.empty() && events < max_events; queue_.pop_front()) {
    events += std::max(queue_.front().events, 1);
    crowd_ += queue_.front().answer.has_value();
    batch.push_back(std::move(queue_.front()));
  }
  urgent_ -= crowd_;
  return batch;
}

template <class Writer>
void WriteQueue<Writer>::finish(std::vector<Job> batch, std::chrono::duration<double> took) {
  count(batch, took);
  try_again_later(batch);
  wake_all(std::move(batch));
}

template <class Writer>
void WriteQueue<Writer>::count(Batch batch, std::chrono::duration<double> took) {
  const std::scoped_lock lock(mutex_);
  status_.waiting -= std::ssize(batch);
  status_.commit_seconds += took.count();
  bool committed = false;
  for (const Job& job : batch) {
    if (!job.outcome) continue;
    committed = true;
    status_.events += job.events;
  }
  status_.commits += committed;
}

/// With one post per loop: a post each would wake a busy loop many times over.
template <class Writer>
void WriteQueue<Writer>::wake_all(std::vector<Job> batch) {
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

template <class Writer>
void WriteQueue<Writer>::set_problem(std::string problem) {
  const std::scoped_lock lock(mutex_);
  if (status_.problem == problem) return;
  if (problem.empty()) {
    log_.info("store.recovered", {{"location", status_.location}});
  } else {
    log_.error("store.unavailable", {{"problem", problem}});
  }
  status_.healthy = problem.empty();
  status_.problem = std::move(problem);
}

template <class Writer>
void WriteQueue<Writer>::try_again_later(Batch batch) {
  const std::scoped_lock lock(mutex_);
  for (Job& job : batch | std::views::reverse) {
    if (job.answer || job.outcome) continue;
    if (job.outcome.error().code == Errc::unavailable && !closing_) {
      queue_.push_front({.events = 0, .work = std::move(job.work)});
      ++status_.waiting;
    } else {
      log_.error("store.dropped", {{"reason", job.outcome.error().message}});
    }
  }
}

}  // namespace convoke
