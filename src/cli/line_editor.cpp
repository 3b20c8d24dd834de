#include "cli/line_editor.hpp"

#include <histedit.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>

namespace convoke {

struct LineEditor::State {
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event{};
  std::string prompt;
};

namespace {

char* prompt_of(EditLine* editor) {
  void* data = nullptr;
  el_get(editor, EL_CLIENTDATA, &data);
  return static_cast<std::string*>(data)->data();
}

/// The editor reads and writes characters, not bytes, and breaks on those its locale does not know.
void use_locale_of_terminal() {
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
}

bool can_show(const std::string& text) {
  return std::mbstowcs(nullptr, text.c_str(), 0) != static_cast<std::size_t>(-1);
}

}  // namespace

LineEditor::LineEditor() : state_(std::make_unique<State>()) {
  use_locale_of_terminal();
  // What is typed and its echo belong to the conversation with the person, not to the output.
  state_->editor = el_init("convoke", stdin, stderr, stderr);
  state_->history = history_init();
  history(state_->history, &state_->event, H_SETSIZE, 500);
  el_set(state_->editor, EL_CLIENTDATA, &state_->prompt);
  el_set(state_->editor, EL_PROMPT, &prompt_of);
  el_set(state_->editor, EL_EDITOR, "emacs");
  el_set(state_->editor, EL_SIGNAL, 1);
  el_set(state_->editor, EL_HIST, history, state_->history);
  // A Ctrl-D typed while no line is read, between two of them or before the first, is handed over by the terminal as a
  // NUL, and libedit takes that for "quote the next key".
  el_set(state_->editor, EL_BIND, "^@", "ed-end-of-file", nullptr);
}

LineEditor::~LineEditor() {
  history_end(state_->history);
  el_end(state_->editor);
}

std::optional<std::string> LineEditor::read(const std::string& prompt) {
  state_->prompt = can_show(prompt) ? prompt : "> ";
  // libedit shows the prompt first and changes the terminal's mode after it; keys in between would go astray.
  el_set(state_->editor, EL_PREP_TERM, 1);
  int length = 0;
  const char* text = el_gets(state_->editor, &length);
  if (!text || length <= 0) return std::nullopt;
  history(state_->history, &state_->event, H_ENTER, text);
  std::string line(text, static_cast<std::size_t>(length));
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace convoke
