#pragma once
#include "domain/event.hpp"

namespace convoke {

/// A recorded message as a prompt shows it: a long result of a tool is cut to a page of `page_bytes`, see
/// result_pages.hpp. Pure.
Message shown_message(const Event& event, std::size_t page_bytes);

/// The name by which a recorded result is read on; empty: none.
std::string result_id_of(const Event& event);

}  // namespace convoke
