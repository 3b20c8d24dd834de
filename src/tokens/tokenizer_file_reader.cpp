// From the text of a tokenizer.json to a FileTokenizer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "tokens/tokenizer_file.hpp"

namespace convoke {
namespace {

std::unexpected<Error> not_known(std::string_view part, std::string_view what) {
  return fail(Errc::invalid_input, fmt::format("{}: '{}' is not known here", part, what));
}

/// GPT-2's alphabet: each byte as a character that can be seen. What is printable in Latin-1 is itself; the others
/// follow from U+0100 on.
std::array<std::uint32_t, 256> visible_bytes() {
  std::array<std::uint32_t, 256> characters{};
  std::uint32_t next = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool is_visible = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    characters[byte] = is_visible ? byte : next++;
  }
  return characters;
}

/// The bytes that a token in that alphabet stands for; nothing when it holds other characters.
std::optional<std::string> bytes_of(std::string_view visible) {
  static const auto byte_of = [] {
    std::array<int, 0x200> bytes;
    bytes.fill(-1);
    const auto characters = visible_bytes();
    for (int byte = 0; byte < 256; ++byte) bytes[characters[static_cast<std::size_t>(byte)]] = byte;
    return bytes;
  }();
  std::string bytes;
  for (std::size_t i = 0; i < visible.size(); ++i) {
    std::uint32_t c = static_cast<unsigned char>(visible[i]);
    if (c >= 0x80) {
      if (c < 0xc0 || c >= 0xe0 || i + 1 == visible.size()) return std::nullopt;
      c = (c & 0x1fU) << 6 | (static_cast<unsigned char>(visible[++i]) & 0x3fU);
    }
    if (c >= byte_of.size() || byte_of[c] < 0) return std::nullopt;
    bytes += static_cast<char>(byte_of[c]);
  }
  return bytes;
}

constexpr std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

bool flag(const json::object& object, std::string_view key, bool otherwise) {
  return find_bool(object, key).value_or(otherwise);
}

std::string escaped(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}").contains(c)) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace

class TokenizerFileReader {
 public:
  Result<FileTokenizer> read(const json::object& file) {
    CHECK_OK(read_pre_tokenizer(find(file, "pre_tokenizer")));
    CHECK_OK(read_normalizer(find(file, "normalizer")));
    const json::object* model = find_object(file, "model");
    if (!model) return fail(Errc::invalid_input, "no 'model': not a tokenizer.json");
    CHECK_OK(read_model(*model));
    CHECK_OK(read_added(find_array(file, "added_tokens")));
    return std::move(made_);
  }

 private:
  using Split = FileTokenizer::Split;
  using Metaspace = FileTokenizer::Metaspace;

  Result<void> read_normalizer(const json::value* value) {
    if (!value || value->is_null()) return {};
    const std::string type = string_or_empty(*value, "type");
    if (type == "Sequence") {
      const json::array* parts = find_array(*value, "normalizers");
      for (const json::value& part : parts ? *parts : json::array()) CHECK_OK(read_normalizer(&part));
      return {};
    }
    if (type == "NFC") {
      made_.normalizers_.emplace_back(FileTokenizer::Compose{});
      return {};
    }
    if (type == "Prepend") {
      made_.normalizers_.emplace_back(FileTokenizer::Prepend{string_or_empty(*value, "prepend")});
      return {};
    }
    if (type == "Replace") {
      const json::object* pattern = find_object(*value, "pattern");
      const auto from = pattern ? find_string(*pattern, "String") : std::nullopt;
      if (!from || from->empty()) return not_known("normalizer", "Replace by a regular expression");
      made_.normalizers_.emplace_back(FileTokenizer::Replace{std::string(*from), string_or_empty(*value, "content")});
      return {};
    }
    return not_known("normalizer", type);
  }

  Result<void> read_pre_tokenizer(const json::value* value) {
    if (!value || value->is_null()) return {};
    const json::object* object = value->if_object();
    const std::string type = string_or_empty(*value, "type");
    if (!object) return not_known("pre_tokenizer", kind_of(*value));
    if (type == "Sequence") {
      const json::array* parts = find_array(*object, "pretokenizers");
      for (const json::value& part : parts ? *parts : json::array()) CHECK_OK(read_pre_tokenizer(&part));
      return {};
    }
    if (type == "ByteLevel") return read_byte_level(*object);
    if (type == "Split") return read_split(*object);
    if (type == "Metaspace") return read_metaspace(*object);
    if (type == "Digits") return add_split(flag(*object, "individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
    return not_known("pre_tokenizer", type);
  }

  Result<void> add_split(std::string_view pattern, Split::Behaviour how = Split::Behaviour::isolated,
                         bool is_inverted = false) {
    TRY(SplitPattern parsed, during("pre_tokenizer", SplitPattern::parse(pattern)));
    made_.pre_tokenizers_.emplace_back(Split{std::move(parsed), how, is_inverted});
    return {};
  }

  Result<void> read_byte_level(const json::object& object) {
    made_.is_byte_level_ = true;
    if (flag(object, "add_prefix_space", true)) made_.pre_tokenizers_.emplace_back(FileTokenizer::PrefixSpace{});
    return flag(object, "use_regex", true) ? add_split(gpt2_pattern) : Result<void>{};
  }

  Result<void> read_split(const json::object& object) {
    const json::object* pattern = find_object(object, "pattern");
    if (!pattern) return not_known("pre_tokenizer", "Split without a pattern");
    const std::string how = string_or_empty(object, "behavior");
    using enum Split::Behaviour;
    const auto behaviour = how == "Isolated"             ? std::optional(isolated)
                           : how == "MergedWithPrevious" ? std::optional(merged_with_previous)
                           : how == "MergedWithNext"     ? std::optional(merged_with_next)
                           : how == "Removed"            ? std::optional(removed)
                                                         : std::nullopt;
    if (!behaviour) return not_known("pre_tokenizer", how);
    const auto regex = find_string(*pattern, "Regex");
    const std::string text = regex ? std::string(*regex) : escaped(string_or_empty(*pattern, "String"));
    return add_split(text, *behaviour, flag(object, "invert", false));
  }

  Result<void> read_metaspace(const json::object& object) {
    const std::string scheme = string_or_empty(object, "prepend_scheme");
    using enum Metaspace::Prepended;
    // Older files say it in another way.
    const auto old = flag(object, "add_prefix_space", true) ? always : never;
    const auto prepended = scheme == "always" ? always : scheme == "first" ? first : scheme == "never" ? never : old;
    made_.pre_tokenizers_.emplace_back(
        Metaspace{string_or_empty(object, "replacement"), prepended, flag(object, "split", true)});
    return {};
  }

  Result<void> read_model(const json::object& model) {
    const std::string type = string_or_empty(model, "type");
    if (type != "BPE" && !type.empty()) return not_known("model", type);
    for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!string_or_empty(model, affix).empty()) return not_known("model", affix);
    }
    const json::value* dropout = find(model, "dropout");
    if (dropout && !dropout->is_null()) return not_known("model", "dropout");
    made_.falls_back_to_bytes_ = flag(model, "byte_fallback", false);
    made_.takes_whole_pieces_ = flag(model, "ignore_merges", false);
    made_.joins_unknown_ = flag(model, "fuse_unk", false);
    const json::object* vocab = find_object(model, "vocab");
    const json::array* merges = find_array(model, "merges");
    if (!vocab || !merges) return fail(Errc::invalid_input, "model: no 'vocab' or no 'merges'");
    for (const auto& [token, id] : *vocab) CHECK_OK(read_token(token, id));
    for (const json::value& merge : *merges) CHECK_OK(read_merge(merge));
    if (const std::string unknown = string_or_empty(model, "unk_token"); !unknown.empty()) {
      made_.unknown_ = made_.rules_.find(spelled(unknown));
    }
    return {};
  }

  /// The bytes of a token as the file writes it. What is not in the alphabet of byte-level files, such as a special
  /// token, is itself.
  std::string spelled(std::string_view token) const {
    if (!made_.is_byte_level_) return std::string(token);
    return bytes_of(token).value_or(std::string(token));
  }

  Result<void> read_token(std::string_view token, const json::value& id) {
    const std::int64_t* number = id.if_int64();
    if (!number || *number < 0 || *number >= std::numeric_limits<std::int32_t>::max()) {
      return fail(Errc::invalid_input, fmt::format("model.vocab: the token '{}' has no number", token));
    }
    made_.rules_.add_token(spelled(token), static_cast<TokenId>(*number));
    return {};
  }

  /// "left right", or ["left", "right"].
  Result<void> read_merge(const json::value& merge) {
    std::string left, right;
    if (const json::array* pair = merge.if_array();
        pair && pair->size() == 2 && (*pair)[0].is_string() && (*pair)[1].is_string()) {
      left = (*pair)[0].get_string(), right = (*pair)[1].get_string();
    } else if (const json::string* text = merge.if_string()) {
      const std::string_view both(*text);
      const std::size_t space = both.find(' ');
      left = both.substr(0, space);
      right = space == std::string_view::npos ? "" : both.substr(space + 1);
    }
    if (!made_.rules_.add_rule(spelled(left), spelled(right))) {
      return fail(Errc::invalid_input,
                  fmt::format("model.merges: '{} {}' is not of tokens in the vocabulary", left, right));
    }
    return {};
  }

  Result<void> read_added(const json::array* tokens) {
    for (const json::value& token : tokens ? *tokens : json::array()) {
      const json::object* object = token.if_object();
      const auto id = object ? find_integer(*object, "id") : std::nullopt;
      const std::string text = object ? string_or_empty(*object, "content") : "";
      if (!id || *id < 0 || text.empty()) return fail(Errc::invalid_input, "added_tokens: one without id or content");
      made_.added_begin_.set(static_cast<unsigned char>(text.front()));
      made_.added_.push_back({.text = text,
                              .token = static_cast<TokenId>(*id),
                              .takes_left = flag(*object, "lstrip", false),
                              .takes_right = flag(*object, "rstrip", false),
                              .is_word = flag(*object, "single_word", false)});
    }
    std::ranges::sort(made_.added_, std::ranges::greater{}, [](const auto& token) { return token.text.size(); });
    return {};
  }

  FileTokenizer made_;
};

Result<FileTokenizer> FileTokenizer::parse(std::string_view file) {
  TRY(const json::value value, parse_json(file));
  const json::object* object = value.if_object();
  if (!object) return fail(Errc::invalid_input, fmt::format("{}, not an object", kind_of(value)));
  return TokenizerFileReader().read(*object);
}

}  // namespace convoke
