/** Where questions are written. Enter sends, Shift+Enter begins a new line; while an answer comes, the button stops it. */
import {element, icon} from './dom.js';

const MODEL_KEY = 'convoke.model';

export class Composer {
  /** `onSend(text)` says whether the text was taken; `onStop()` ends the running answer. `hasMore()`: there is something to send besides the text. */
  constructor({form, input, button, models, onSend, onStop, hasMore}) {
    Object.assign(this, {form, input, button, models, onSend, onStop, hasMore});
    this.isRunning = false;
    this.drafts = new Map();
    form.addEventListener('submit', (event) => this.submitted(event));
    input.addEventListener('keydown', (event) => this.pressed(event));
    input.addEventListener('input', () => this.fit());
    models.addEventListener('change', () => localStorage.setItem(MODEL_KEY, models.value));
    this.fit();
  }

  /** Shows the button that fits: stop while an answer comes, else send. */
  setRunning(isRunning) {
    this.isRunning = isRunning;
    const label = isRunning ? 'Stop' : 'Send';
    this.button.setAttribute('aria-label', label);
    this.button.title = label;
    this.button.classList.toggle('stop', isRunning);
    this.button.replaceChildren(icon(isRunning ? 'stop' : 'send'));
    this.fit();
  }

  /** Offers the models to choose from; one alone is no choice. */
  offerModels(models, configured) {
    const chosen = localStorage.getItem(MODEL_KEY);
    const selected = models.includes(chosen) ? chosen : configured;
    this.models.replaceChildren(...models.map((name) => element('option', {value: name, selected: name === selected}, name)));
    this.models.hidden = models.length < 2;
    this.configured = configured;
  }

  /** The model to ask for, or undefined for the configured one. */
  get model() {
    return this.models.hidden || this.models.value === this.configured ? undefined : this.models.value;
  }

  /** Puts away what is written for conversation `from` and takes out what was for `to`. */
  switchDraft(from, to) {
    this.drafts.set(from, this.input.value);
    this.input.value = this.drafts.get(to) ?? '';
    this.fit();
  }

  focus() {
    // On a phone the keyboard would cover what was asked for.
    if (!matchMedia('(pointer: coarse)').matches) this.input.focus({preventScroll: true});
  }

  submitted(event) {
    event.preventDefault();
    if (this.isRunning) this.onStop();
    else this.trySend();
  }

  pressed(event) {
    const sends = event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
    if (!sends) return;
    event.preventDefault();
    if (!this.isRunning) this.trySend();
  }

  trySend() {
    const text = this.input.value.trim();
    if ((text === '' && !this.hasMore()) || !this.onSend(text)) return;
    this.input.value = '';
    this.fit();
  }

  fit() {
    this.input.style.height = 'auto';
    this.input.style.height = `${this.input.scrollHeight}px`;
    this.button.disabled = !this.isRunning && this.input.value.trim() === '' && !this.hasMore();
  }
}
