/** The search box over the list of conversations: what was said, found while it is typed. */
import {element} from './dom.js';
import {shortDate} from './format.js';

const PAUSE_MS = 200;

export class Search {
  /** `instead` is hidden while there are hits to show; `onOpen(hit)` opens one. */
  constructor({input, list, instead, connection, onOpen}) {
    Object.assign(this, {input, list, instead, connection, onOpen});
    this.asked = 0;
    input.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.find(), PAUSE_MS);
    });
    input.addEventListener('keydown', (event) => event.key === 'Escape' && this.clear());
  }

  async find() {
    const mine = ++this.asked;
    const text = this.input.value.trim();
    if (text === '') return this.show(null);
    try {
      // The last word is still being typed.
      const {hits = []} = await this.connection.ask('search', {text: /[\p{L}\p{N}]{2}$/u.test(text) ? `${text}*` : text, limit: 30});
      if (mine === this.asked) this.show(hits);
    } catch {
      if (mine === this.asked) this.show([]);
    }
  }

  show(hits) {
    this.instead.hidden = hits !== null;
    this.list.hidden = hits === null;
    this.list.replaceChildren(...(hits ?? []).map((hit) => this.row(hit)));
    if (hits?.length === 0) this.list.append(element('li', {class: 'nothing'}, 'Nothing was found.'));
  }

  row(hit) {
    const pieces = hit.snippet.map(({text, match}) => (match ? element('mark', {}, text) : text));
    return element('li', {}, element('button', {type: 'button', class: 'hit', click: () => this.onOpen(hit)},
      element('span', {class: 'title', dir: 'auto'}, hit.title || 'New conversation'),
      element('time', {datetime: hit.timestamp}, shortDate(hit.timestamp)),
      element('span', {class: 'snippet', dir: 'auto'}, ...pieces)));
  }

  clear() {
    this.asked += 1;
    this.input.value = '';
    this.show(null);
  }
}
