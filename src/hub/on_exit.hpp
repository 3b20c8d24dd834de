#pragma once

namespace convoke {

/// Runs `leave` when the scope is left, by unwinding too.
template <class F>
struct OnExit {
  F leave;
  ~OnExit() { leave(); }
};
template <class F>
OnExit(F) -> OnExit<F>;

}  // namespace convoke
