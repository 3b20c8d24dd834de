/** A question the server has for the user, as a card in the answer: consent to a tool call, a form, a page to open. */
import {element, icon} from './dom.js';
import {FormFields} from './form_fields.js';
import {laidOut} from './format.js';

/** So long an answer may take to be told of; the connection may have been lost with it. */
const PATIENCE_MS = 8000;
const ENDINGS = {accepted: 'done', declined: 'failed', cancelled: 'stopped', expired: 'stopped', withdrawn: 'stopped'};
const PICTURES = {done: 'check', failed: 'close', stopped: 'stop'};

export class InputCard {
  type = 'input';

  /** `input` is the frame's; `onAnswer(payload)` sends what the user decides. */
  constructor(input, onAnswer) {
    this.input = input;
    this.onAnswer = onAnswer;
    this.deadline = deadlineOf(input);
    this.title = titleOf(input);
    this.problem = element('p', {class: 'input-problem', role: 'alert', hidden: true});
    this.clock = element('span', {class: 'input-clock'});
    const heading = element('h3', {id: `heading-${input.input_id}`}, icon('question'),
      element('span', {dir: 'auto'}, this.title), element('span', {class: 'input-server'}, input.kind === 'approval' ? `a tool of ${input.server}` : `asked by ${input.server}`));
    this.form = element('form', {class: 'input-form', submit: (event) => this.submitted(event)},
      heading, ...this.body(), this.problem, this.footer());
    this.root = element('section', {class: 'input-card', 'aria-labelledby': heading.id, 'data-state': 'open'}, this.form);
    this.timer = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  body() {
    switch (this.input.kind) {
      case 'approval': return this.approval();
      case 'elicitation':
        this.fields = new FormFields(this.input.requested_schema ?? {}, this.input.input_id);
        return [this.fields.root];
      case 'url': return [element('p', {class: 'input-about'}, 'It leads to ', element('strong', {class: 'input-host'}, this.input.host)),
        element('pre', {tabindex: '0'}, this.input.url)];
      case 'sampling': return [element('pre', {tabindex: '0'}, laidOut(this.input.messages))];
      default: return [];
    }
  }

  approval() {
    const {description, arguments: args, changed} = this.input;
    this.shown = element('pre', {tabindex: '0'}, laidOut(args) || '(no arguments)');
    this.editor = element('textarea', {class: 'input-editor', rows: '6', spellcheck: 'false', 'aria-label': 'Arguments as JSON', hidden: true});
    this.change = element('button', {type: 'button', class: 'quiet', click: () => this.edit()}, 'Change');
    return [changed ? element('p', {class: 'input-warning'}, icon('warning'), 'This tool has changed since you allowed it.') : null,
      description ? element('p', {class: 'input-about', dir: 'auto'}, description) : null,
      element('div', {class: 'tool-part'}, element('h4', {}, 'Arguments'), this.change), this.shown, this.editor].filter(Boolean);
  }

  footer() {
    const {kind} = this.input;
    const decline = element('button', {type: 'button', class: 'small', click: () => this.answer('decline')}, 'Decline');
    const accept = kind === 'url'
      ? element('a', {class: 'small primary', href: safeAddress(this.input.url), target: '_blank', rel: 'noopener noreferrer',
        click: () => this.answer('accept')}, 'Open the page')
      : element('button', {type: 'submit', class: 'small primary'}, kind === 'elicitation' ? 'Send' : 'Allow');
    this.always = kind === 'approval' ? element('input', {type: 'checkbox'}) : null;
    return element('div', {class: 'input-buttons'},
      this.always ? element('label', {class: 'input-always'}, this.always, 'Always in this conversation') : null,
      this.clock, decline, accept);
  }

  /** Shows the arguments as text to change, or as they were. */
  edit() {
    const isOpening = this.editor.hidden;
    this.editor.value = JSON.stringify(this.input.arguments ?? {}, null, 2);
    this.editor.hidden = !isOpening;
    this.shown.hidden = isOpening;
    this.change.textContent = isOpening ? 'Keep as it was' : 'Change';
    this.say('');
    if (isOpening) this.editor.focus();
  }

  submitted(event) {
    event.preventDefault();
    const payload = {};
    if (this.always?.checked) payload.remember = true;
    if (this.fields) payload.content = this.fields.content;
    if (this.editor && !this.editor.hidden) {
      payload.arguments = parsedObject(this.editor.value);
      if (!payload.arguments) return this.say('The arguments must be a JSON object.');
    }
    this.answer('accept', payload);
  }

  answer(decision, payload = {}) {
    this.setBusy(true);
    this.patience = setTimeout(() => this.refused('The server has not taken this answer. Try again.'), PATIENCE_MS);
    this.onAnswer({input_id: this.input.input_id, decision, ...payload});
  }

  /** The answer was not taken. */
  refused(words) {
    clearTimeout(this.patience);
    if (this.isClosed) return;
    this.setBusy(false);
    this.say(words);
  }

  setBusy(isBusy) {
    // A disabled button loses the focus; whoever worked from the keyboard goes on in the composer.
    this.hadFocus ||= this.root.contains(document.activeElement);
    for (const part of this.form.elements) part.disabled = isBusy;
  }

  say(words) {
    this.problem.textContent = words;
    this.problem.hidden = words === '';
  }

  tick() {
    const seconds = Math.max(0, Math.round((this.deadline - Date.now()) / 1000));
    this.clock.textContent = seconds > 90 ? `waits ${Math.ceil(seconds / 60)} min` : `waits ${seconds} s`;
  }

  /** Nobody needs an answer any more; one line stays. */
  close(outcome, words) {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    clearTimeout(this.patience);
    const hadFocus = this.hadFocus || this.root.contains(document.activeElement);
    const state = ENDINGS[outcome] ?? 'stopped';
    this.root.dataset.state = state;
    this.root.replaceChildren(element('p', {class: 'input-closed'}, icon(PICTURES[state]),
      element('span', {dir: 'auto'}, this.title), element('span', {class: 'input-outcome'}, words)));
    if (hadFocus && document.activeElement === document.body) {
      document.getElementById('question')?.focus({preventScroll: true});
    }
  }

  draw() {}

  /** More of the answer may follow while the question is open. */
  end() {}
}

function titleOf({kind, title, tool, server, message}) {
  if (kind === 'approval') return `Allow ${title || tool}?`;
  if (kind === 'sampling') return `${server} would like to ask the model. Allow it?`;
  return message;
}

/** By our clock, which may be wrong, unless that makes no sense. */
function deadlineOf({expires_at: at, expires_in_ms: ms}) {
  const latest = Date.now() + ms;
  const told = Date.parse(at);
  return told > Date.now() && told < latest ? told : latest;
}

function safeAddress(url) {
  return /^https?:\/\//.test(url) ? url : undefined;
}

function parsedObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
