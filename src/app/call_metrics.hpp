#pragma once
#include <mutex>
#include <set>

#include "base/metrics.hpp"
#include "domain/model_call.hpp"

namespace convoke {

/// Counts calls of models that have ended: calls, tokens and money by provider, model and kind. Callable from any loop.
class CallMetrics {
 public:
  explicit CallMetrics(Metrics& metrics) : metrics_(metrics) {}

  void count(const ModelCall& call);

 private:
  std::string label_of(const std::string& model);

  Metrics& metrics_;
  std::mutex mutex_;
  std::set<std::string> models_;  ///< guarded by mutex_
};

}  // namespace convoke
