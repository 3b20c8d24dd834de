#include "cli/person.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/plain_numbers.hpp"

namespace convoke {
namespace {

json::object decided(std::string_view decision) { return {{"decision", decision}}; }

std::string shown(const json::object& object, std::string_view member) {
  return harmless(string_or_empty(object, member));
}

json::object ask_approval(const json::object& input, const ReadLine& read_line, std::ostream& out) {
  const json::value* arguments = find(input, "arguments");
  out << "? " << shown(input, "server") << " · " << shown(input, "tool") << "  "
      << harmless(arguments ? plain_numbers(json::serialize(*arguments)) : "{}") << '\n';
  if (find_bool(input, "changed").value_or(false)) out << "  It has changed since you allowed it.\n";
  for (;;) {
    const auto line = read_line("  y allow, a always in this conversation, e change the arguments, n decline › ");
    if (!line || *line == "n") return decided("decline");
    if (*line == "y") return decided("accept");
    if (*line == "a") return {{"decision", "accept"}, {"remember", true}};
    if (*line != "e") continue;
    const auto text = read_line("  arguments as JSON › ");
    auto changed = parse_json(text.value_or(""));
    if (changed && changed->is_object()) return {{"decision", "accept"}, {"arguments", std::move(*changed)}};
    out << "  That is no JSON object.\n";
  }
}

json::object ask_yes_or_no(const ReadLine& read_line, const std::string& prompt) {
  for (;;) {
    const auto line = read_line(prompt);
    if (!line || *line == "n") return decided("decline");
    if (*line == "y") return decided("accept");
  }
}

json::array choices_of(const json::value& field) {
  json::array values;
  if (const json::array* listed = find_array(field, "enum")) values = *listed;
  for (const std::string_view titled : {"oneOf", "anyOf"}) {
    const json::array* options = find_array(field, titled);
    if (!options) continue;
    for (const json::value& option : *options) {
      if (const json::value* constant = find(option, "const")) values.push_back(*constant);
    }
  }
  return values;
}

/// What was typed for a field, as its schema wants it; the server is asked whether it is right.
json::value value_of(const json::value& field, const std::string& typed) {
  const std::string type = string_or_empty(field, "type");
  if (type == "boolean") return typed == "y" || typed == "yes" || typed == "true";
  if (type == "integer" || type == "number") {
    auto number = parse_json(typed);
    return number && number->is_number() ? *number : json::value(typed);
  }
  if (type != "array") return json::value(typed);
  json::array chosen;
  for (std::size_t begin = 0; begin <= typed.size();) {
    const std::size_t end = std::min(typed.find(',', begin), typed.size());
    std::string one = typed.substr(begin, end - begin);
    one.erase(0, one.find_first_not_of(' '));
    one.erase(one.find_last_not_of(' ') + 1);
    if (!one.empty()) chosen.push_back(json::string(one));
    begin = end + 1;
  }
  return chosen;
}

std::string prompt_for(std::string_view name, const json::value& field, bool required) {
  std::string prompt = "  " + harmless(string_or_empty(field, "title"));
  if (prompt == "  ") prompt += harmless(name);
  const std::string about = harmless(string_or_empty(field, "description"));
  if (!about.empty()) prompt += " (" + about + ")";
  const json::value* items = find(field, "items");
  const json::array choices = choices_of(items ? *items : field);
  if (!choices.empty()) prompt += " " + harmless(plain_numbers(json::serialize(choices)));
  if (string_or_empty(field, "type") == "boolean") prompt += " y/n";
  if (const json::value* usual = find(field, "default"))
    prompt += " [" + harmless(plain_numbers(json::serialize(*usual))) + "]";
  return prompt + (required ? " * › " : " › ");
}

json::object ask_form(const json::object& input, const ReadLine& read_line, std::ostream& out) {
  out << "? " << shown(input, "server") << " asks: " << shown(input, "message") << "\n  (a single ! declines)\n";
  const json::object* schema = find_object(input, "requested_schema");
  const json::object* fields = schema ? find_object(*schema, "properties") : nullptr;
  const json::array* required = schema ? find_array(*schema, "required") : nullptr;
  json::object content;
  for (const auto& [name, field] : fields ? *fields : json::object{}) {
    const bool must = required && std::ranges::find(*required, json::value(name)) != required->end();
    const auto typed = read_line(prompt_for(name, field, must));
    if (!typed || *typed == "!") return decided("decline");
    const json::value* usual = find(field, "default");
    if (!typed->empty()) content[name] = value_of(field, *typed);
    if (typed->empty() && usual) content[name] = *usual;
  }
  return {{"decision", "accept"}, {"content", std::move(content)}};
}

}  // namespace

json::object ask_person(const json::object& input, const ReadLine& read_line, std::ostream& out) {
  const std::string kind = string_or_empty(input, "kind");
  if (kind == "approval") return ask_approval(input, read_line, out);
  if (kind == "elicitation") return ask_form(input, read_line, out);
  out << "? " << shown(input, "server") << ": " << shown(input, "message") << '\n';
  if (kind == "url") {
    out << "  It leads to " << shown(input, "host") << ": " << shown(input, "url") << '\n';
    return ask_yes_or_no(read_line, "  Open it yourself, then y; n declines › ");
  }
  if (const json::array* messages = kind == "sampling" ? find_array(input, "messages") : nullptr) {
    for (const json::value& message : *messages) {
      out << "  " << harmless(string_or_empty(message, "role")) << ": " << harmless(string_or_empty(message, "text"))
          << '\n';
    }
  }
  return ask_yes_or_no(read_line, "  y allow, n decline › ");
}

std::string harmless(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters, too.
    const bool is_c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) ++i;
    const bool hides = is_c1 || c == 0x7F || (c < ' ' && c != '\n' && c != '\t');
    clean += hides ? '?' : static_cast<char>(c);
  }
  return clean;
}

}  // namespace convoke
