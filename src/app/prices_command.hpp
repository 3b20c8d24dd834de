#pragma once
#include <iosfwd>

#include "app/command_line.hpp"
#include "base/environment.hpp"

namespace convoke {

/// `convoke prices`: what models cost, by the lists a server here would use. Returns the exit code.
int show_prices(const PricesCommand& command, const Environment& environment, std::ostream& out, std::ostream& err);

/// `convoke prices update`: takes prices from a file or from a provider's list of models into the file the
/// configuration reads. A list that makes no sense changes nothing.
int update_prices(const UpdatePricesCommand& command, const Environment& environment, std::ostream& out,
                  std::ostream& err);

}  // namespace convoke
