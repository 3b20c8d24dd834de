#pragma once

namespace convoke {

/// Asks the system to let the calling thread in soon after what it waited for has come, in return for short turns on
/// the processor: for threads that work some microseconds and wait for the disk again. Its share of the processor stays
/// what it is. Linux since 6.12 does it (EEVDF); where nothing of the kind is known, nothing happens.
void ask_for_short_slices();

}  // namespace convoke
