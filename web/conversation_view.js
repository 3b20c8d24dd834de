/** The conversation on screen: what is asked in it, which turns run, and how it is opened. */
import {randomId} from './connection.js';
import {turnsOf} from './recorded_turns.js';
import {TurnView} from './turn_view.js';

/** As the terminal has it. */
const GO_ON = 'Go on where you stopped.';

export class ConversationView {
  /**
   * `model()` is who is asked. `onOpen(from, to)` hears that another conversation is shown, `onRunning()` that turns began
   * or ended, `onChanged()` that the list of conversations is another now, `onProblem(words)` and `announce(words)` what
   * people should know.
   */
  constructor({transcript, connection, model, hrefOf, onOpen, onRunning, onChanged, onProblem, announce}) {
    Object.assign(this, {transcript, connection, model, hrefOf, onOpen, onRunning, onChanged, onProblem, announce});
    /** Its id; null before its first question. */
    this.current = null;
    /** Turns that are not over, by request id; they go on when another conversation is shown. */
    this.running = new Map();
    /** Counts what was shown, so that a late answer about something else is dropped. */
    this.showing = 0;
    /** The oldest events loaded, where their turn may begin on an earlier page. */
    this.oldest = {events: [], view: null};
  }

  isRunning(id) {
    return [...this.running.values()].some((view) => view.conversationId === id);
  }

  runningHere() {
    return this.transcript.views.find((view) => view.isRunning);
  }

  // ---- asking -----------------------------------------------------------------------------------------------------

  /** Asks `text`; false while it is busy. `chosen`: a prompt, attachments and pictures. */
  ask(text, chosen = {}) {
    if (this.runningHere()) return false;
    this.onProblem('');
    if (this.current === null) {
      this.current = `c_${randomId()}`;
      history.replaceState(null, '', this.hrefOf(this.current));
    }
    const view = this.makeView(randomId(), text, chosen);
    this.transcript.append(view);
    this.send(view);
    return true;
  }

  /** Asks beside what `view` shows: its question in other words, or the same once more. */
  askBeside(view, {text, ...where}) {
    if (this.runningHere()) return;
    this.onProblem('');
    const at = this.transcript.views.indexOf(view);
    for (const later of this.transcript.views.slice(at)) this.transcript.remove(later);
    const beside = this.makeView(randomId(), text ?? view.question, view.materials);
    beside.where = where;
    this.transcript.append(beside);
    this.send(beside);
  }

  send(view) {
    const isAgain = view.where?.regenerate !== undefined;
    // Answered once more, a question is what it was, with all that came along.
    const brought = isAgain ? {} : view.materials;
    const payload = {...brought, ...view.where, text: isAgain ? undefined : view.question, conversation_id: view.conversationId, model: this.model()};
    this.running.set(view.requestId, view);
    this.connection.chat(view.requestId, payload, (frame) => this.receive(view, frame));
    this.onRunning();
    this.announce('Convoke is answering.');
  }

  receive(view, frame) {
    view.receive(frame);
    if (!view.isRunning) {
      this.running.delete(view.requestId);
      this.onRunning();
      // Only the server knows the versions there are now.
      if (view.where && view.conversationId === this.current) this.open(this.current);
    }
    if (frame.seq === 1 || !view.isRunning) this.onChanged();
  }

  makeView(requestId, question, chosen = {}) {
    return new TurnView({requestId, question, materials: chosen, conversationId: this.current, announce: this.announce,
      onRetry: (view) => {
        if (this.runningHere()) return;
        view.restart();
        this.send(view);
      },
      onAskAgain: (view) => this.ask(view.question, view.materials),
      onContinue: () => this.ask(GO_ON),
      onBranch: (view, beside) => this.askBeside(view, beside),
      onSwitch: (seq) => this.showVersion(seq),
      onAnswer: (view, payload) => this.connection.answer(view.requestId, {conversation_id: view.conversationId, ...payload})});
  }

  stop() {
    const view = this.runningHere();
    if (view) this.connection.cancel(view.requestId);
  }

  // ---- showing ----------------------------------------------------------------------------------------------------

  /** Shows conversation `id`, or an empty page for a new one. */
  async open(id) {
    if (location.hash !== (id ? this.hrefOf(id) : '')) history.pushState(null, '', id ? this.hrefOf(id) : location.pathname + location.search);
    const from = this.current;
    this.current = id;
    const mine = ++this.showing;
    this.onOpen(from, id);
    this.transcript.show([]);
    if (id) {
      this.transcript.showLoading();
      try {
        const {events = [], has_more: hasMore} = await this.connection.ask('conversations.get', {conversation_id: id});
        if (mine !== this.showing) return;
        if (events.length === 0 && !this.isRunning(id)) throw new Error('there is no such conversation');
        this.showEvents(events, hasMore);
      } catch (error) {
        if (mine === this.showing) this.transcript.showProblem(`This conversation could not be opened: ${error.message}`, () => this.open(id));
      }
    }
    this.onRunning();
  }

  /** Shows another version of a question or an answer. */
  async showVersion(seq) {
    if (this.runningHere()) return;
    try {
      await this.connection.ask('conversations.switch', {conversation_id: this.current, seq});
      this.open(this.current);
    } catch (error) {
      this.onProblem(`The other version could not be shown: ${error.message}`);
    }
  }

  /** Shows the branch of a conversation on which something was found. */
  async openAt(id, seq) {
    try {
      await this.connection.ask('conversations.switch', {conversation_id: id, seq});
    } catch (error) {
      this.onProblem(`It could not be opened: ${error.message}`);
    }
    this.open(id);
  }

  showEvents(events, hasEarlier) {
    const turns = turnsOf(events);
    const views = turns.map((turn) => this.viewOf(turn));
    const unrecorded = [...this.running.values()].filter((view) => view.conversationId === this.current && !views.includes(view));
    this.oldest = {events: turns[0]?.events ?? [], view: views[0]};
    this.transcript.show([...views, ...unrecorded], {hasEarlier});
  }

  viewOf(turn) {
    const known = this.running.get(turn.requestId);
    if (known) return known;
    const view = this.makeView(turn.requestId, turn.question, turn.materials);
    if (turn.isClosed) {
      view.announce = () => {};
      turn.frames.forEach((frame) => view.receive(frame));
      view.announce = this.announce;
      view.setPlace(turn.place);
    } else {
      this.running.set(turn.requestId, view);
      this.connection.follow(turn.requestId, (frame) => this.receive(view, frame));
    }
    return view;
  }

  async loadEarlier() {
    const mine = this.showing;
    try {
      const {events = [], has_more: hasMore} =
        await this.connection.ask('conversations.get', {conversation_id: this.current, before: this.oldest.events[0]?.seq ?? 0});
      if (mine !== this.showing) return;
      const cutOff = this.oldest.view?.question === null ? this.oldest : {events: [], view: null};
      if (cutOff.view) this.transcript.remove(cutOff.view);
      const turns = turnsOf([...events, ...cutOff.events]);
      const views = turns.map((turn) => this.viewOf(turn));
      this.oldest = {events: turns[0]?.events ?? [], view: views[0]};
      this.transcript.prepend(views, {hasEarlier: hasMore});
    } catch (error) {
      this.onProblem(`Earlier messages could not be loaded: ${error.message}`);
    }
  }
}
