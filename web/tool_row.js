/** One call of a tool as a line that opens: what was asked, what came back, how long it took. */
import {copyButton, element, icon} from './dom.js';
import {duration, inOneLine, laidOut} from './format.js';

export class ToolRow {
  constructor({tool, server, arguments: args}) {
    this.args = args;
    this.result = null;
    this.state = element('span', {class: 'tool-state'});
    this.preview = element('span', {class: 'tool-preview'}, inOneLine(args));
    this.time = element('span', {class: 'tool-time'});
    this.body = element('div', {class: 'tool-body'});
    this.root = element('details', {class: 'tool'},
      element('summary', {title: server ? `${tool} of ${server}` : tool}, this.state,
        element('span', {class: 'tool-name'}, tool), this.preview, this.time, icon('chevron')),
      this.body);
    this.root.addEventListener('toggle', () => this.showBody());
    this.server = server;
    this.show('running', 'running', []);
  }

  progress(words, {progress, total}) {
    const share = total > 0 ? `${Math.round((100 * progress) / total)} % ` : '';
    this.preview.textContent = `${share}${words}`;
  }

  finish(result, {is_error: isError, duration_ms: ms}) {
    this.result = result;
    this.preview.textContent = isError ? inOneLine(result) : inOneLine(this.args);
    if (Number.isFinite(ms)) this.time.textContent = duration(ms);
    this.show(isError ? 'failed' : 'done', isError ? 'failed' : 'done', [icon(isError ? 'warning' : 'check')]);
    this.showBody();
  }

  /** The turn ended, and this call with it. */
  abandon() {
    if (this.root.dataset.state === 'running') this.show('stopped', 'stopped', [icon('stop')]);
  }

  show(state, words, picture) {
    this.root.dataset.state = state;
    this.state.replaceChildren(...picture, element('span', {class: 'visually-hidden'}, words));
  }

  /** Results can be long: they are laid out only when somebody opens the line. */
  showBody() {
    if (!this.root.open) return;
    this.body.replaceChildren();
    if (this.server) this.body.append(element('p', {class: 'tool-server'}, `Tool server: ${this.server}`));
    if (this.args !== undefined) this.body.append(...section('Arguments', laidOut(this.args)));
    if (this.result !== null) this.body.append(...section('Result', laidOut(this.result)));
  }
}

function section(title, text) {
  return [element('div', {class: 'tool-part'}, element('h3', {}, title), copyButton(`Copy ${title.toLowerCase()}`, () => text)),
    element('pre', {tabindex: '0'}, text || '(nothing)')];
}
