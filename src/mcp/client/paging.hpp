#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/client/session.hpp"

namespace convoke::mcp {

/// What to ask for, and how to read it.
template <class Item>
struct Listing {
  std::string method;
  std::string_view member;  ///< of the result, that holds the items
  Result<Item> (*read)(const json::value&);
};

namespace detail {

template <class Item>
void read_items(const Session& session, const Listing<Item>& listing, const json::array& page,
                std::vector<Item>& items) {
  for (const json::value& element : page) {
    auto item = listing.read(element);
    if (item) {
      items.push_back(*std::move(item));
    } else {
      session.log().warning("mcp.item_skipped", {{"method", listing.method}, {"reason", item.error().message}});
    }
  }
}

}  // namespace detail

/// Every page of a list. A cursor is opaque; one that comes twice would never end and is a `protocol` error.
template <class Item>
Task<Result<std::vector<Item>>> list_all(Session& session, Listing<Item> listing, CallOptions options) {
  options.deadline = session.deadline_of(options);
  std::vector<Item> items;
  std::set<std::string> seen;
  json::object params;
  for (int page = 0; page < session.options().max_pages; ++page) {
    json::object asked = params;
    CO_TRY(const json::object result, co_await session.request(listing.method, std::move(asked), options));
    const json::array* elements = find_array(result, listing.member);
    if (!elements)
      co_return fail(Errc::protocol, "'" + listing.method + "': a page without " + std::string(listing.member));
    detail::read_items(session, listing, *elements, items);

    const auto next = find_string(result, "nextCursor");
    if (!next) co_return items;
    if (!seen.emplace(*next).second)
      co_return fail(Errc::protocol, "'" + listing.method + "': its pages go in a circle");
    params["cursor"] = *next;
  }
  co_return fail(Errc::exhausted,
                 "'" + listing.method + "': more than " + std::to_string(session.options().max_pages) + " pages");
}

}  // namespace convoke::mcp
