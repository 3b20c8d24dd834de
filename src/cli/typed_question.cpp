#include "cli/typed_question.hpp"

#include <vector>

namespace convoke {
namespace {

/// The words of a line; double quotes keep spaces together and go.
std::vector<std::string> words_in(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (c == ' ' && !quoted) {
      if (begun) words.push_back(std::exchange(word, {}));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(word);
  return words;
}

bool is_attachment(std::string_view word) { return word.size() > 1 && word[0] == '@' && word.contains(':'); }

/// Takes the attachments out of a text and leaves the rest as it was typed.
std::string take_attachments(std::string_view line, json::array& attachments) {
  std::string text;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    if (is_attachment(word)) {
      attachments.push_back({{"uri", word.substr(1)}});
    } else {
      if (begin > 0 && !text.empty()) text += ' ';
      text += word;
    }
    begin = end + 1;
  }
  return text;
}

}  // namespace

TypedQuestion read_question(std::string_view line) {
  constexpr std::string_view command = "/prompt ";
  TypedQuestion question;
  json::array attachments;
  if (!line.starts_with(command)) {
    question.text = take_attachments(line, attachments);
    // An attachment alone is about itself.
    if (question.text.empty() && !attachments.empty()) question.text = "See the attachment.";
  } else {
    json::object arguments;
    std::string name;
    for (const std::string& word : words_in(line.substr(command.size()))) {
      const auto equals = word.find('=');
      if (is_attachment(word)) {
        attachments.push_back({{"uri", word.substr(1)}});
      } else if (name.empty()) {
        name = word.starts_with('/') ? word.substr(1) : word;
      } else if (equals != std::string::npos && equals > 0) {
        arguments[word.substr(0, equals)] = word.substr(equals + 1);
      } else {
        question.text += (question.text.empty() ? "" : " ") + word;
      }
    }
    question.materials["prompt"] = {{"name", name}, {"arguments", std::move(arguments)}};
  }
  if (!attachments.empty()) question.materials["attachments"] = std::move(attachments);
  return question;
}

}  // namespace convoke
