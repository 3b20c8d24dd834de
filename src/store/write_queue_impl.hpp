// The bodies of write_queue.hpp's templates.
#pragma once

namespace convoke {

template <class Writer>
void WriteQueue<Writer>::submit(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_ && status_.waiting < max_waiting_) {
      const bool is_urgent = job.answer.has_value();
      queue_.push_back(std::move(job));
      ++status_.waiting;
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
  return closing_ && queue_.empty();
}

template <class Writer>
bool WriteQueue<Writer>::is_idle() const {
  const std::scoped_lock lock(mutex_);
  return !closing_ && queue_.empty();
}

template <class Writer>
void WriteQueue<Writer>::wait(std::chrono::milliseconds along_patience) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closing_ || !queue_.empty(); });
  changed_.wait_for(lock, along_patience, [&] { return closing_ || urgent_ > 0; });
}

template <class Writer>
bool WriteQueue<Writer>::wait_for_urgent(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return closing_ || urgent_ > 0; });
}

template <class Writer>
void WriteQueue<Writer>::pause(std::chrono::milliseconds moment) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, moment, [&] { return closing_; });
}

template <class Writer>
bool WriteQueue<Writer>::wait_for_work(SteadyClock::duration patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return closing_ || !queue_.empty(); });
}

template <class Writer>
std::vector<typename WriteQueue<Writer>::Job> WriteQueue<Writer>::take(int max_events, SteadyClock::duration patience) {
  std::unique_lock lock(mutex_);
  if (urgent_ > 0 && urgent_ < crowd_) {
    wanted_ = crowd_;
    changed_.wait_for(lock, patience, [&] { return closing_ || urgent_ >= crowd_; });
    wanted_ = 1;
  }
  std::vector<Job> batch;
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
  {
    const std::scoped_lock lock(mutex_);
    count_into(status_, Batch(batch), took);
  }
  try_again_later(batch);
  wake_all(std::move(batch));
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
