#include "llm/price_list.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "base/money.hpp"

namespace convoke {
namespace {

// Dearer than any model ever was by a factor of ten: a slip of units, dollars per million taken as per token, shows.
constexpr Money dearest{10'000'000'000};  // a cent per token, $10,000 per million
constexpr std::int64_t million = 1'000'000;
constexpr std::string_view format_name = "convoke-prices";

/// The names of the rates in each form.
struct RateNames {
  std::string_view ours;
  std::string_view litellm;
  std::string_view models;  ///< in `pricing` of GET /models
  std::optional<Money> Rates::* rate;
};
constexpr RateNames rate_names[] = {
    {"cached_input", "cache_read_input_token_cost", "input_cache_read", &Rates::cached_input},
    {"cache_write", "cache_creation_input_token_cost", "input_cache_write", &Rates::cache_write},
    {"cache_write_1h", "cache_creation_input_token_cost_above_1hr", "", &Rates::cache_write_1h},
    {"reasoning", "output_cost_per_reasoning_token", "internal_reasoning", &Rates::reasoning},
    {"audio_input", "input_cost_per_audio_token", "audio", &Rates::audio_input},
    {"audio_output", "output_cost_per_audio_token", "audio_output", &Rates::audio_output},
};

/// Reads the rates of one model and remembers the first that makes no sense.
class RateReader {
 public:
  /// `tokens` is what an amount pays for: 1 or a million.
  RateReader(const json::object& object, std::int64_t tokens) : object_(object), tokens_(tokens) {}

  std::optional<Money> rate(std::string_view name) {
    const json::value* member = object_.if_contains(name);
    if (!member || member->is_null()) return std::nullopt;
    // The shortest text of a number is what its writer meant: 1e-07, not 9.99999999e-08.
    const std::string text = member->is_double()   ? fmt::format("{}", member->get_double())
                             : member->is_number() ? json::serialize(*member)
                             : member->is_string() ? std::string(member->get_string())
                                                   : "";
    const auto amount = parse_money(text);
    if (!amount || *amount < Money{}) {
      refuse(name, member->is_string() ? text : json::serialize(*member));
      return std::nullopt;
    }
    const Money each{(amount->picodollars + tokens_ / 2) / tokens_};
    if (each <= dearest) return each;
    refuse(name, text);
    return std::nullopt;
  }

  Money needed(std::string_view name) {
    const auto found = rate(name);
    if (!found && problem_.empty()) problem_ = fmt::format("{} is missing", name);
    return found.value_or(Money{});
  }

  const std::string& problem() const { return problem_; }

 private:
  void refuse(std::string_view name, std::string_view text) {
    if (problem_.empty()) problem_ = fmt::format("{} is {}; expected a price", name, text.substr(0, 40));
  }

  const json::object& object_;
  std::int64_t tokens_;
  std::string problem_;
};

/// Rates a band does not name are those of the price itself.
Rates filled(Rates band, const Rates& base) {
  for (const RateNames& names : rate_names) {
    if (!(band.*names.rate)) band.*names.rate = base.*names.rate;
  }
  return band;
}

using ReadPrice = std::expected<Price, std::string>;

ReadPrice read_ours(const json::object& model) {
  const auto rates_of = [](const json::object& object) -> std::expected<Rates, std::string> {
    RateReader reader(object, million);
    Rates rates{.input = reader.needed("input"), .output = reader.needed("output")};
    for (const RateNames& names : rate_names) rates.*names.rate = reader.rate(names.ours);
    if (!reader.problem().empty()) return std::unexpected(reader.problem());
    return rates;
  };
  Price price;
  auto rates = rates_of(model);
  if (!rates) return std::unexpected(rates.error());
  price.rates = *rates;
  price.max_output_tokens = std::clamp<std::int64_t>(find_integer(model, "max_output").value_or(0), 0, 100 * million);
  if (const json::array* bands = find_array(model, "above")) {
    for (const json::value& band : *bands) {
      const auto tokens = find_integer(band, "tokens");
      if (!tokens || *tokens < 1) return std::unexpected("above needs tokens, a whole number from 1");
      auto band_rates = rates_of(band.get_object());
      if (!band_rates) return std::unexpected("above: " + band_rates.error());
      price.bands.push_back({*tokens, filled(*band_rates, price.rates)});
    }
  }
  std::ranges::sort(price.bands, {}, &Price::Band::above_tokens);
  return price;
}

/// The limits for which there are rates: 272000 for "input_cost_per_token_above_272k_tokens".
std::vector<std::int64_t> band_limits(const json::object& model) {
  constexpr std::string_view prefix = "input_cost_per_token_above_";
  constexpr std::string_view suffix = "k_tokens";
  std::vector<std::int64_t> limits;
  for (const auto& member : model) {
    std::string_view name(member.key());
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    name = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    if (name.empty() || name.size() > 6 || name.find_first_not_of("0123456789") != std::string_view::npos) continue;
    limits.push_back(std::stoll(std::string(name)) * 1000);
  }
  std::ranges::sort(limits);
  return limits;
}

ReadPrice read_litellm(const json::object& model) {
  RateReader reader(model, 1);
  const auto rates_with = [&](const std::string& suffix) {
    Rates rates{.input = reader.needed("input_cost_per_token" + suffix),
                .output = reader.needed("output_cost_per_token" + suffix)};
    for (const RateNames& names : rate_names) rates.*names.rate = reader.rate(std::string(names.litellm) + suffix);
    return rates;
  };
  Price price{.rates = rates_with("")};
  for (const std::int64_t limit : band_limits(model)) {
    price.bands.push_back({limit, filled(rates_with(fmt::format("_above_{}k_tokens", limit / 1000)), price.rates)});
  }
  price.max_output_tokens =
      std::clamp<std::int64_t>(find_integer(model, "max_output_tokens").value_or(0), 0, 100 * million);
  if (!reader.problem().empty()) return std::unexpected(reader.problem());
  return price;
}

ReadPrice read_listed_model(const json::object& model) {
  const json::object* pricing = find_object(model, "pricing");
  if (!pricing) return std::unexpected("it has no pricing");
  RateReader reader(*pricing, 1);
  Price price{.rates = {.input = reader.needed("prompt"), .output = reader.needed("completion")}};
  for (const RateNames& names : rate_names) {
    price.rates.*names.rate = reader.rate(names.models);
    // A zero here means that the model has no such kind of token, not that it is free.
    if (price.rates.*names.rate == Money{}) (price.rates.*names.rate).reset();
  }
  if (!reader.problem().empty()) return std::unexpected(reader.problem());
  if (const json::object* top = find_object(model, "top_provider")) {
    price.max_output_tokens =
        std::clamp<std::int64_t>(find_integer(*top, "max_completion_tokens").value_or(0), 0, 100 * million);
  }
  return price;
}

/// Catalogues write 0 for what they do not know: models that are chosen at the time of asking, previews.
bool is_free_by_mistake(std::string_view key, const Price& price) {
  return price.rates.input == Money{} && price.rates.output == Money{} && key.find("free") == std::string_view::npos;
}

/// Puts together what is read model by model.
class ListBuilder {
 public:
  void add(std::string key, const json::value& model, ReadPrice (*read)(const json::object&)) {
    if (!model.is_object()) return leave_out(key, fmt::format("it is {}; expected an object", kind_of(model)));
    if (key.find('/') == std::string::npos || key.size() > 256) return leave_out(key, "its name has no provider");
    auto price = read(model.get_object());
    if (!price) return leave_out(key, price.error());
    if (read != read_ours && is_free_by_mistake(key, *price)) {
      return leave_out(key, "it costs nothing and is not called free; its price is unknown");
    }
    models_.insert_or_assign(std::move(key), *std::move(price));
  }

  Result<PriceList> result(std::string date) {
    if (models_.empty()) {
      return fail(Errc::invalid_input,
                  left_out_.empty() ? "no model in it" : "no usable price in it; " + left_out_.front());
    }
    return PriceList{PriceTable(std::move(date), std::move(models_)), std::move(left_out_)};
  }

 private:
  void leave_out(std::string_view key, std::string_view why) {
    left_out_.push_back(fmt::format("{}: {}", key.substr(0, 100), why));
  }
  PriceTable::Models models_;
  std::vector<std::string> left_out_;
};

bool is_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 4 || i == 7;
    if (is_dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

Result<PriceList> read_our_list(const json::object& list) {
  const std::string date = string_or_empty(list, "date");
  if (!is_date(date)) return fail(Errc::invalid_input, "date is missing; expected one like \"2026-11-23\"");
  const json::object* models = find_object(list, "models");
  if (!models) return fail(Errc::invalid_input, "models is missing; expected an object");
  ListBuilder builder;
  for (const auto& [key, model] : *models) builder.add(std::string(key), model, read_ours);
  return builder.result(date);
}

/// Plain, or as a catalogue that keeps the models one level deeper and may say when it was compiled.
Result<PriceList> read_litellm_list(const json::object& list, std::string_view today) {
  const json::object* models = find_object(list, "models");
  const json::object* note = find_object(list, "_note");
  std::string date = note ? string_or_empty(*note, "compiled") : "";
  ListBuilder builder;
  for (const auto& [key, model] : models ? *models : list) {
    if (!find(model, "input_cost_per_token")) continue;  // the sample entry, models billed by the picture or second
    const std::string seller = string_or_empty(model, models ? "provider" : "litellm_provider");
    std::string name(key);
    if (!seller.empty() && !name.starts_with(seller + "/")) name = seller + "/" + name;
    builder.add(std::move(name), model, read_litellm);
  }
  return builder.result(is_date(date) ? date : std::string(today));
}

Result<PriceList> read_models_answer(const json::array& data, std::string_view provider, std::string_view today) {
  if (provider.empty()) return fail(Errc::invalid_input, "a list of models names no provider; say which it is");
  ListBuilder builder;
  for (const json::value& model : data) {
    builder.add(fmt::format("{}/{}", provider, string_or_empty(model, "id")), model, read_listed_model);
  }
  return builder.result(std::string(today));
}

/// Dollars for a million tokens.
std::string per_million(Money each) { return to_decimal(Money{each.picodollars * million}); }

std::string rates_text(const Rates& rates) {
  std::string text = fmt::format(R"("input":"{}","output":"{}")", per_million(rates.input), per_million(rates.output));
  for (const RateNames& names : rate_names) {
    if (const auto& rate = rates.*names.rate) text += fmt::format(R"(,"{}":"{}")", names.ours, per_million(*rate));
  }
  return text;
}

std::string price_text(const Price& price) {
  std::string text = "{" + rates_text(price.rates);
  for (std::size_t i = 0; i < price.bands.size(); ++i) {
    const auto& [limit, rates] = price.bands[i];
    text += fmt::format(R"({}{{"tokens":{},{}}})", i == 0 ? R"(,"above":[)" : ",", limit, rates_text(rates));
  }
  if (!price.bands.empty()) text += ']';
  if (price.max_output_tokens > 0) text += fmt::format(R"(,"max_output":{})", price.max_output_tokens);
  return text + "}";
}

}  // namespace

Result<PriceList> read_price_list(std::string_view text, std::string_view provider, std::string_view today) {
  TRY(const json::value parsed, parse_json(text));
  if (!parsed.is_object()) {
    return fail(Errc::invalid_input, fmt::format("it is {}; expected an object", kind_of(parsed)));
  }
  const json::object& list = parsed.get_object();
  if (find_string(list, "format") == format_name) return read_our_list(list);
  if (const json::array* data = find_array(list, "data")) return read_models_answer(*data, provider, today);
  return read_litellm_list(list, today);
}

std::string to_text(const PriceTable& table) {
  std::string text =
      fmt::format("{{\"format\":\"{}\",\n \"date\":\"{}\",\n \"models\":{{\n", format_name, table.date());
  bool first = true;
  for (const auto& [key, price] : table.models()) {
    text += fmt::format("{}  {}:{}", first ? "" : ",\n", json::serialize(json::string(key)), price_text(price));
    first = false;
  }
  return text + "\n}}\n";
}

}  // namespace convoke
