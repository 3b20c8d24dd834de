#include "domain/chat_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace convoke {
namespace {

constexpr Sequence any_sequence = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t max_attachments = 16;
constexpr std::size_t max_images = 8;
constexpr std::size_t max_image_bytes = 5u << 20U;  // what every provider takes, as Base64 has it

/// How a picture's file begins, in Base64 as far as its digits hold nothing else.
struct ImageType {
  std::string_view name;
  std::string_view begin;
  std::string_view from_12th_digit{};  ///< a WebP has its size between
};
constexpr ImageType image_types[] = {
    {"image/png", "iVBORw0KGg"}, {"image/jpeg", "/9j/"}, {"image/webp", "UklGR", "XRUJQ"}, {"image/gif", "R0lGO"}};

const json::object& object_or_nothing(const json::value& value) {
  static const json::object nothing;
  return value.is_object() ? value.get_object() : nothing;
}

std::optional<PromptUse> read_prompt_of_chat(PayloadReader& payload) {
  const auto prompt = payload.optional_object("prompt");
  if (!prompt) return std::nullopt;
  PayloadReader inner(*prompt);
  auto use = read_prompt_use(inner);
  payload.adopt("prompt", inner);
  return use;
}

std::vector<ResourceUse> read_attachments(PayloadReader& payload) {
  const json::value* member = payload.member("attachments");
  if (!member || member->is_null()) return {};
  const json::array* list = member->if_array();
  if (!list || list->size() > max_attachments) {
    payload.refuse("attachments", fmt::format("must be a list of at most {} objects with a uri", max_attachments));
    return {};
  }
  std::vector<ResourceUse> attachments;
  for (const json::value& one : *list) {
    PayloadReader inner(object_or_nothing(one));
    attachments.push_back(read_resource_use(inner));
    payload.adopt("attachments", inner);
  }
  return attachments;
}

/// "data:image/png;base64,iVBO…", or an object with `media_type` and `data`.
std::optional<Image> read_image(const json::value& value) {
  if (const json::string* text = value.if_string()) {
    constexpr std::string_view scheme = "data:";
    constexpr std::string_view encoding = ";base64,";
    const std::string_view url(*text);
    const auto comma = url.find(encoding);
    if (!url.starts_with(scheme) || comma == std::string_view::npos) return std::nullopt;
    return Image{std::string(url.substr(scheme.size(), comma - scheme.size())),
                 std::string(url.substr(comma + encoding.size())),
                 {}};
  }
  if (!value.is_object()) return std::nullopt;
  return Image{string_or_empty(value, "media_type"), string_or_empty(value, "data"), {}};
}

bool is_base64(std::string_view text) {
  const auto padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
  if (text.empty() || text.size() % 4 != 0 || padding > 2) return false;
  return std::ranges::all_of(text.substr(0, text.size() - padding), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

/// Why a picture is not taken; empty if it is.
std::string problem_of(const std::optional<Image>& image) {
  if (!image) return "is no data URL, and no object with media_type and data";
  const auto type = std::ranges::find(image_types, image->media_type, &ImageType::name);
  if (type == std::end(image_types)) {
    return fmt::format("has the type \"{}\"; expected image/png, image/jpeg, image/webp or image/gif",
                       image->media_type.substr(0, 60));
  }
  if (image->data.size() > max_image_bytes) {
    return fmt::format("has {} bytes in Base64; at most {}", image->data.size(), max_image_bytes);
  }
  const std::string_view data = image->data;
  if (!is_base64(data)) return "has no Base64 in its data";
  const bool begins_so = data.starts_with(type->begin) &&
                         data.substr(std::min<std::size_t>(11, data.size())).starts_with(type->from_12th_digit);
  return begins_so ? "" : fmt::format("has data that do not begin as those of {} do", type->name);
}

std::vector<Image> read_images(PayloadReader& payload) {
  const json::value* member = payload.member("images");
  if (!member || member->is_null()) return {};
  const json::array* list = member->if_array();
  if (!list || list->size() > max_images) {
    payload.refuse("images", fmt::format("must be a list of at most {} pictures", max_images));
    return {};
  }
  std::vector<Image> images;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto image = read_image((*list)[i]);
    const std::string problem = problem_of(image);
    if (!problem.empty()) {
      payload.refuse(fmt::format("images[{}]", i), problem);
      return {};
    }
    images.push_back(*std::move(image));
  }
  return images;
}

bool is_format_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// As OpenAI has it: `{"type":"json_object"}`, or `{"type":"json_schema","json_schema":{"name":…,"schema":{…}}}`.
std::optional<ResponseFormat> read_response_format(PayloadReader& payload) {
  const auto given = payload.optional_object("response_format");
  if (!given) return std::nullopt;
  PayloadReader inner(*given);
  const std::string type = inner.choice("type", {"text", "json_object", "json_schema"});
  const auto named = type == "json_schema" ? inner.optional_object("json_schema") : std::nullopt;
  ResponseFormat format;
  if (type == "json_schema") {
    const json::object* schema = named ? find_object(*named, "schema") : nullptr;
    if (!schema || schema->empty()) inner.refuse("json_schema.schema", "must be a JSON Schema");
    if (schema) format.schema = *schema;
    if (const auto name = named ? find_string(*named, "name") : std::nullopt) format.name = *name;
    if (!is_format_name(format.name)) {
      inner.refuse("json_schema.name", "must have 1 to 64 letters, digits, underscores or hyphens");
    }
    if (named) format.strict = find_bool(*named, "strict").value_or(true);
  }
  payload.adopt("response_format", inner);
  if (type == "text") return std::nullopt;
  return format;
}

QuestionPriority read_priority(PayloadReader& payload) {
  if (!payload.has("priority")) return QuestionPriority::normal;
  const std::string name = payload.choice("priority", {"background", "normal", "urgent"});
  return name == "background" ? QuestionPriority::background
         : name == "urgent"   ? QuestionPriority::urgent
                              : QuestionPriority::normal;
}

BranchPoint read_branch_point(PayloadReader& payload) {
  using enum BranchPoint::Kind;
  BranchPoint where;
  for (const auto& [name, kind] : {std::pair{"parent", after}, {"edit", instead_of}, {"regenerate", again}}) {
    if (!payload.has(name)) continue;
    if (where.kind != end) payload.refuse(name, "contradicts another member; give one of parent, edit and regenerate");
    where = {kind, payload.number(name, 0, kind == after ? 0 : 1, any_sequence)};
  }
  return where;
}

}  // namespace

PromptUse read_prompt_use(PayloadReader& payload) {
  return {payload.text_or_empty("server"), payload.required_text("name"), payload.texts("arguments")};
}

ResourceUse read_resource_use(PayloadReader& payload) {
  return {payload.text_or_empty("server"), payload.required_text("uri")};
}

ClientAction read_chat(PayloadReader& payload) {
  Chat chat;
  chat.where = read_branch_point(payload);
  chat.prompt = read_prompt_of_chat(payload);
  chat.attachments = read_attachments(payload);
  chat.keeps_images = !payload.has("images");
  chat.images = read_images(payload);
  const bool needs_text = !chat.prompt && chat.images.empty() && chat.where.kind != BranchPoint::Kind::again;
  chat.text = needs_text ? payload.required_text("text") : payload.text_or_empty("text");
  const bool brings_something = chat.prompt || !chat.attachments.empty() || !chat.images.empty() || !chat.text.empty();
  if (chat.where.kind == BranchPoint::Kind::again && brings_something) {
    const std::string_view what = !chat.text.empty()          ? "text"
                                  : chat.prompt               ? "prompt"
                                  : !chat.attachments.empty() ? "attachments"
                                                              : "images";
    payload.refuse(what, "is given beside regenerate, which asks the same question again; edit asks another");
  }
  chat.conversation_id = payload.optional_id("conversation_id");
  chat.model = payload.optional_text("model");
  chat.streaming = payload.optional_flag("streaming");
  chat.response_format = read_response_format(payload);
  chat.priority = read_priority(payload);
  return chat;
}

}  // namespace convoke
