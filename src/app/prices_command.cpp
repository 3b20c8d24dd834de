#include "app/prices_command.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <ostream>

#include "app/config_loader.hpp"
#include "app/configuration.hpp"
#include "app/price_files.hpp"
#include "app/providers.hpp"
#include "base/run.hpp"
#include "net/http_client.hpp"

namespace convoke {
namespace {

constexpr std::size_t max_answer_bytes = 64U << 20U;

Config config_of(const std::optional<std::string>& file, const Environment& environment) {
  return load_config(config_path(file, environment), environment).config;
}

std::string per_million(const std::optional<Money>& each) {
  return each ? to_decimal(Money{each->picodollars * 1'000'000}) : "";
}

std::string row_of(std::string_view name, const Rates& rates) {
  return fmt::format("{:<58}  {:>10}  {:>10}  {:>10}  {:>11}", name, per_million(rates.input),
                     per_million(rates.output), per_million(rates.cached_input), per_million(rates.cache_write));
}

std::string rows_of(const std::string& model, const Price& price) {
  std::string rows = row_of(model, price.rates) + "\n";
  for (const Price::Band& band : price.bands) {
    rows += row_of(fmt::format("  above {} input tokens", band.above_tokens), band.rates) + "\n";
  }
  return rows;
}

/// Where a provider's list of models is.
Result<net::HttpRequest> models_request(const std::string& name, const Config& config, const Environment& environment) {
  for (const ProviderSettings& settings : resolve_providers(config.llm, environment)) {
    if (settings.name != name || settings.base_url.empty()) continue;
    net::HttpRequest request{.url = settings.base_url + "/models"};
    if (!settings.api_key.empty()) request.headers.emplace_back("Authorization", "Bearer " + settings.api_key.reveal());
    return request;
  }
  const KnownProvider* known = find_known_provider(name);
  if (!known || known->base_url.empty()) return fail(Errc::not_found, "there is no provider '" + name + "'");
  return net::HttpRequest{.url = std::string(known->base_url) + "/models"};
}

Result<PriceList> ask_provider(const std::string& name, const Config& config, const Environment& environment) {
  TRY(net::HttpRequest request, models_request(name, config, environment));
  request.timeouts = {.connect = 10s, .first_byte = 30s, .idle = 30s, .total = 120s};
  const std::string url = request.url;
  asio::io_context loop(1);
  net::HttpClient http(loop.get_executor(), {.user_agent = "convoke/" CONVOKE_VERSION});
  TRY(const auto response, run(loop, http.send(std::move(request))));
  if (response.head.status != 200) {
    return fail(Errc::unavailable, fmt::format("{}: answered {}", url, response.head.status));
  }
  if (response.body.size() > max_answer_bytes) return fail(Errc::protocol, url + ": answered too much");
  return during(url, read_price_list(response.body, name, today()));
}

/// What the file holds already stays, as far as nothing newer is known.
Result<PriceTable> merged(const std::string& path, const PriceTable& fresh) {
  const auto old = read_price_file(path);
  if (!old && old.error().code == Errc::not_found) return fresh;
  if (!old) return std::unexpected(old.error());
  return old->table.with(fresh);
}

std::string file_to_write(const UpdatePricesCommand& command, const Config& config) {
  if (!command.to.empty()) return command.to;
  return config.llm.prices_file.empty() ? std::string(usual_prices_file) : config.llm.prices_file;
}

}  // namespace

int show_prices(const PricesCommand& command, const Environment& environment, std::ostream& out, std::ostream& err) {
  PriceTable table = shipped_prices();
  const std::string path = prices_path(config_of(command.config, environment).llm);
  if (!path.empty()) {
    const auto list = read_price_file(path);
    if (!list) {
      err << "convoke: " << list.error().message << '\n';
      return 1;
    }
    table = table.with(list->table);
  }
  PriceTable::Models wanted = table.models();
  std::erase_if(wanted, [&](const auto& entry) { return !entry.first.contains(command.model); });
  if (wanted.empty()) {
    err << "convoke: no model with '" << command.model << "' in its name has a known price\n";
    return 1;
  }
  if (command.json) {
    out << to_text(PriceTable(table.date(), std::move(wanted)));
    return 0;
  }
  std::string rows;
  for (const auto& [model, price] : wanted) rows += rows_of(model, price);
  out << fmt::format("{:<58}  {:>10}  {:>10}  {:>10}  {:>11}\n",
                     fmt::format("dollars per million tokens, {}", table.date()), "input", "output", "cached",
                     "cache write")
      << rows;
  return 0;
}

int update_prices(const UpdatePricesCommand& command, const Environment& environment, std::ostream& out,
                  std::ostream& err) {
  const Config config = config_of(command.config, environment);
  const auto list = command.from.empty() ? ask_provider(command.provider, config, environment)
                                         : read_price_file(command.from, command.provider);
  const std::string path = file_to_write(command, config);
  auto table = list ? merged(path, list->table) : Result<PriceTable>(std::unexpected(list.error()));
  Result<void> written = table ? write_price_file(path, *table) : Result<void>(std::unexpected(table.error()));
  if (!written) {
    err << "convoke: " << written.error().message << '\n';
    return 1;
  }
  for (const std::string& left_out : list->left_out) err << "left out: " << left_out << '\n';
  out << fmt::format("{}: {} prices of {} taken, {} in it now\n", path, list->table.models().size(), list->table.date(),
                     table->models().size());
  return 0;
}

}  // namespace convoke
