/** One question and its answer, drawn from the frames of a turn as they come. */
import {beforeNextPaint, copyButton, element, icon} from './dom.js';
import {count, duration} from './format.js';
import {InputCard} from './input_card.js';
import {chipsOf} from './materials.js';
import {MarkdownStream} from './markdown_view.js';
import {ToolRow} from './tool_row.js';
import {canvasOf} from './pictures.js';
import {money} from './usage_figures.js';

const ENDINGS = {
  cancelled: 'You stopped this answer.',
  interrupted: 'The server stopped before the answer was complete.',
  cut_off: 'The provider broke off before the answer was complete.',
  length: 'The answer reached its length limit.',
  tool_limit: 'The limit of tool rounds was reached.',
  token_limit: 'The limit of tokens for one answer was reached.',
  cost_limit: 'The limit of money for one answer was reached.',
  repeated_errors: 'A tool kept failing in the same way.',
  repeated_results: 'A tool kept returning the same.',
  content_filter: 'The provider’s content filter ended the answer.',
  refusal: 'The model declined to answer.',
};
/** So much of an answer is read out unasked, in characters. */
const SPOKEN = 600;
const CAN_GO_ON = ['cancelled', 'interrupted', 'cut_off', 'length'];

export class TurnView {
  /**
   * `onRetry(view)` asks a failed question again under its own id; `onAskAgain(view)` asks it anew; `onContinue()` has an answer
   * go on that was cut short; `onAnswer(view, payload)` answers a question of the server; `onBranch(view, {edit, text})` or `({regenerate})` asks beside what is there, and
   * `onSwitch(seq)` shows another version. `announce(words)` says something to people who listen instead of looking.
   */
  constructor({requestId, conversationId, question, materials = {}, onRetry, onAskAgain, onContinue, onAnswer, onBranch, onSwitch, announce}) {
    Object.assign(this, {requestId, conversationId, question, materials, onRetry, onAskAgain, onContinue, onAnswer, onBranch, onSwitch, announce});
    this.draw = this.draw.bind(this);
    this.answer = element('div', {class: 'answer'});
    this.root = element('article', {class: 'turn'},
      question === null ? null : element('div', {class: 'question', dir: 'auto'}, question || null, chipsOf(materials), picturesOf(materials)),
      element('h2', {class: 'visually-hidden'}, 'Answer'), this.answer);
    this.restart();
  }

  /**
   * Tells where in the conversation it stands: `{question, questions, answer, answers}`, the numbers of both and of all
   * their versions. Only then it can be edited and answered once more.
   */
  setPlace(place) {
    this.place = place;
    if (this.question === null || !place.question) return;
    this.root.querySelector('.question-actions')?.remove();
    const actions = element('div', {class: 'question-actions'}, this.versions(place.question, place.questions, 'question'),
      this.question === '' ? null : element('button', {type: 'button', class: 'quiet', 'aria-label': 'Edit the question', title: 'Edit',
        click: () => this.startEdit()}, icon('pencil')));
    this.answer.before(actions);
    const footer = this.answer.querySelector('footer');
    if (!footer) return;
    footer.querySelector('.answer-actions')?.remove();
    footer.prepend(element('span', {class: 'answer-actions'}, this.versions(place.answer, place.answers, 'answer'),
      element('button', {type: 'button', class: 'quiet', 'aria-label': 'Answer once more', title: 'Answer once more',
        click: () => this.onBranch(this, {regenerate: place.question})}, icon('retry'))));
  }

  /** ‹ 2/3 › */
  versions(seq, all = [], what) {
    if (all.length < 2) return null;
    const at = all.indexOf(seq);
    const step = (by, sign, name) => element('button', {type: 'button', class: 'quiet', disabled: all[at + by] === undefined,
      'aria-label': `${name} version of the ${what}`, click: () => this.onSwitch(all[at + by])}, sign);
    return element('span', {class: 'versions'}, step(-1, '‹', 'Previous'), `${at + 1}/${all.length}`, step(1, '›', 'Next'));
  }

  startEdit() {
    const shown = this.root.querySelector('.question');
    const input = element('textarea', {'aria-label': 'Your question', dir: 'auto', rows: '3'});
    input.value = this.question;
    const end = () => form.replaceWith(shown);
    const form = element('form', {class: 'question-edit', submit: (event) => {
      event.preventDefault();
      const text = input.value.trim();
      end();
      if (text) this.onBranch(this, {edit: this.place.question, text});
    }}, input, element('div', {class: 'dialog-buttons'},
      element('button', {type: 'button', class: 'small', click: end}, 'Cancel'),
      element('button', {type: 'submit', class: 'small'}, 'Ask')));
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') end();
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    shown.replaceWith(form);
    input.focus();
  }

  /** Forgets what was answered so far. */
  restart() {
    this.isRunning = true;
    this.tools = new Map();
    this.inputs?.forEach((card) => card.close('withdrawn', ''));
    this.inputs = new Map();
    this.pieces = [];
    this.waiting = element('p', {class: 'waiting'}, element('span', {class: 'dots', 'aria-hidden': 'true'}), '');
    this.answer.replaceChildren(this.waiting);
    this.root.dataset.state = 'running';
  }

  /** Takes one frame of the turn. */
  receive(frame) {
    if (frame.seq === 1 && this.pieces.length > 0) this.restart();
    if (frame.status === 'chunk') this.addWords(frame.chunk);
    if (frame.status === 'processing' && frame.chunk) this.addActivity(frame.chunk);
    if (frame.status === 'input_required') this.addInput(frame.input);
    if (frame.status === 'complete') this.complete(frame.metadata ?? {});
    if (frame.status === 'error' && frame.metadata?.input_id) this.inputs.get(frame.metadata.input_id)?.refused(frame.error.message);
    else if (frame.status === 'error') this.fail(frame.error);
    beforeNextPaint(this.draw);
  }

  addWords({type, data}) {
    if (type !== 'text' && type !== 'reasoning') return;
    let piece = this.pieces.at(-1);
    if (piece?.type !== type) {
      piece = type === 'text' ? new TextPiece() : new ReasoningPiece();
      this.add(piece);
    }
    piece.append(data);
  }

  add(piece) {
    this.pieces.at(-1)?.end();
    this.pieces.push(piece);
    this.waiting.before(piece.root);
  }

  /** The words of the answer, as they were written. */
  get text() {
    return this.pieces.filter((piece) => piece.type === 'text').map((piece) => piece.source.trim()).join('\n\n');
  }

  addActivity({type, data, metadata}) {
    this.waiting.lastChild.data = ['retrying', 'queued', 'fallback'].includes(type) ? data : '';
    if (type === 'input_closed') this.inputs.get(metadata.input_id)?.close(metadata.outcome, data);
    if (!type.startsWith('tool_')) return;
    let row = this.tools.get(metadata.tool_call_id);
    if (!row) {
      row = new ToolRow(metadata);
      this.tools.set(metadata.tool_call_id, row);
      if (this.pieces.at(-1)?.type !== 'tools') this.add(new ToolsPiece());
      this.pieces.at(-1).root.append(row.root);
      this.announce(`Calling ${metadata.tool}`);
    }
    if (type === 'tool_progress') row.progress(data, metadata);
    if (type === 'tool_result') row.finish(data, metadata);
  }

  addInput(input) {
    const card = new InputCard(input, (payload) => this.onAnswer(this, payload));
    this.inputs.set(input.input_id, card);
    this.add(card);
    this.announce(`${card.title} ${input.server} waits for your answer.`);
  }

  draw() {
    this.pieces.at(-1)?.draw();
    const waitsForUser = [...this.inputs.values()].some((card) => !card.isClosed);
    this.waiting.hidden = !this.isRunning || waitsForUser || this.pieces.at(-1)?.type === 'text';
  }

  complete(metadata) {
    this.end('done');
    const ending = ENDINGS[metadata.finish_reason];
    if (ending) {
      const again = CAN_GO_ON.includes(metadata.finish_reason) && this.question !== null;
      this.answer.append(element('p', {class: 'ending'}, ending,
        ...(again ? [this.continueButton(), this.againButton('Ask again', () => this.askAgain())] : [])));
      this.announce(ending);
    } else {
      const {text} = this;
      this.announce(text.length > SPOKEN ? `${text.slice(0, SPOKEN)} …` : text);
    }
    this.answer.append(this.footer(metadata));
    if (metadata.question_seq) this.setPlace({...this.place, question: metadata.question_seq});
  }

  footer({model, tokens, usage, cost, cost_known: costKnown, duration_ms: ms, first_chunk_ms: firstMs}) {
    const facts = [model, tokens > 0 && `${usage?.estimated ? '≈ ' : ''}${count(tokens)} tokens`,
      Number.isFinite(ms) && duration(ms), Number(cost ?? 0) > 0 && money(Number(cost))].filter(Boolean).join(' · ');
    const details = [usage && `${count(usage.input_tokens)} tokens in, ${count(usage.output_tokens)} out`,
      usage?.cached_tokens && `${count(usage.cached_tokens)} from the cache`,
      usage?.reasoning_tokens && `${count(usage.reasoning_tokens)} for reasoning`,
      costKnown === false && (cost === null ? 'nobody knows what it cost' : 'a part of what it cost is unknown'),
      Number.isFinite(firstMs) && `first words after ${duration(firstMs)}`].filter(Boolean).join('\n');
    return element('footer', {class: 'facts'}, this.text !== '' ? copyButton('Copy answer', () => this.text) : null,
      element('span', {title: details || null}, facts));
  }

  fail(error) {
    this.end('failed');
    const retry = this.question === null ? null : this.againButton('Try again', this.onRetry, error.retry_after_ms);
    this.answer.append(element('div', {class: 'failure'}, icon('warning'), element('p', {dir: 'auto'}, error.message),
      retry && this.continueButton(), retry));
    this.announce(`The answer failed: ${error.message}`);
  }

  /** For an answer that stopped halfway. Only the newest one can go on. */
  continueButton() {
    if (this.text === '') return null;
    return element('button', {type: 'button', class: 'small continue', click: () => this.onContinue()}, icon('go-on'), 'Continue');
  }

  /** Beside the answer that is there, once its place is known. */
  askAgain() {
    if (this.place?.question) this.onBranch(this, {regenerate: this.place.question});
    else this.onAskAgain(this);
  }

  againButton(label, act, waitMs = 0) {
    const button = element('button', {type: 'button', class: 'small', disabled: waitMs > 0}, icon('retry'),
      element('span', {}, waitMs > 0 ? `${label} in ${duration(waitMs)}` : label));
    button.addEventListener('click', () => act(this));
    if (waitMs > 0) {
      setTimeout(() => {
        button.disabled = false;
        button.lastChild.textContent = label;
      }, waitMs);
    }
    return button;
  }

  end(state) {
    this.isRunning = false;
    this.root.dataset.state = state;
    this.pieces.forEach((piece) => piece.end());
    this.tools.forEach((row) => row.abandon());
    this.inputs.forEach((card) => card.close('withdrawn', 'no longer needed'));
    this.waiting.hidden = true;
  }
}

class TextPiece {
  type = 'text';
  root = element('div', {class: 'markdown', dir: 'auto'});
  stream = new MarkdownStream(this.root);
  source = '';

  append(text) {
    this.source += text;
    this.stream.append(text);
  }

  draw() {
    this.stream.draw();
  }

  end() {
    this.stream.finish();
  }
}

/** What the model thought; folded, since it is not the answer. */
class ReasoningPiece {
  type = 'reasoning';
  words = document.createTextNode('');
  label = element('span', {}, 'Thinking');
  root = element('details', {class: 'reasoning', 'data-state': 'running'},
    element('summary', {}, icon('thought'), this.label, icon('chevron')),
    element('div', {class: 'reasoning-text', dir: 'auto'}, this.words));
  arrived = '';

  append(text) {
    this.arrived += text;
  }

  draw() {
    this.words.appendData(this.arrived);
    this.arrived = '';
  }

  end() {
    this.draw();
    this.label.textContent = 'Thought about it';
    this.root.dataset.state = 'done';
  }
}

class ToolsPiece {
  type = 'tools';
  root = element('div', {class: 'tools'});

  draw() {}

  end() {}
}

/** The pictures that came with a question. */
function picturesOf({images = []}) {
  return images.length > 0 ? element('div', {class: 'question-pictures'}, ...images.map(canvasOf)) : null;
}
