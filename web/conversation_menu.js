/** What can be done with a conversation besides talking in it: the menu at its row, and the dialog about how much of it stays. */
import {downloadConversation} from './conversation_files.js';
import {element} from './dom.js';
import {plural} from './format.js';

const POLICIES = [
  ['default', 'As the server is configured'], ['unlimited', 'Keep everything'], ['message_count', 'Keep the newest messages'],
  ['token_limit', 'Keep the newest, by tokens'], ['time_based', 'Keep so many days'],
];
const FIRST_LIMIT = {message_count: 200, token_limit: 100_000, time_based: 90};

export class ConversationMenu {
  /** `onRename(id)` and `onDelete(id)` begin what the list does; `onForked(id)` and `onChanged()` tell what happened. */
  constructor({connection, onRename, onDelete, onForked, onChanged, onProblem}) {
    Object.assign(this, {connection, onRename, onDelete, onForked, onChanged, onProblem});
    this.menu = element('div', {id: 'conversation-menu', popover: 'auto', role: 'menu', 'aria-label': 'Conversation'});
    this.menu.addEventListener('keydown', (event) => this.pressed(event));
    this.dialog = element('dialog', {id: 'retention-dialog', 'aria-labelledby': 'retention-title'});
    document.getElementById('drawer').append(this.menu);
    document.body.append(this.dialog);
  }

  /** Opens at `button` for a conversation as the list has it. */
  open(button, conversation) {
    const {id, title, archived} = conversation;
    this.menu.replaceChildren(
      this.item('Rename', () => this.onRename(id)),
      this.item('Fork', () => this.fork(id)),
      this.item('How much stays …', () => this.openRetention(id)),
      this.item('Download as JSON Lines', () => this.download(id, title, 'jsonl')),
      this.item('Download as OpenAI messages', () => this.download(id, title, 'openai')),
      this.item(archived ? 'Take out of the archive' : 'Archive', () => this.archive(id, !archived)),
      this.item('Delete', () => this.onDelete(id), 'danger'));
    this.menu.showPopover();
    const at = button.getBoundingClientRect();
    const {width, height} = this.menu.getBoundingClientRect();
    this.menu.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    this.menu.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - height - 8))}px`;
    this.menu.firstElementChild.focus();
  }

  item(words, act, style = null) {
    return element('button', {type: 'button', role: 'menuitem', class: style, click: () => {
      this.menu.hidePopover();
      act();
    }}, words);
  }

  pressed(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...this.menu.children];
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  }

  /** Does something and says what went wrong. */
  async attempt(what, act) {
    try {
      return await act();
    } catch (error) {
      this.onProblem(`${what}: ${error.message}`);
      return null;
    }
  }

  async fork(id) {
    const made = await this.attempt('It could not be forked', () => this.connection.ask('conversations.fork', {conversation_id: id}));
    if (made) this.onForked(made.conversation_id);
  }

  async archive(id, archived) {
    await this.attempt('It could not be put away', () => this.connection.ask('conversations.archive', {conversation_id: id, archived}));
    this.onChanged();
  }

  download(id, title, format) {
    return this.attempt('It could not be downloaded', () => downloadConversation(this.connection, id, title, format));
  }

  // ---- how much stays -----------------------------------------------------------------------------------------------

  async openRetention(id) {
    const now = await this.attempt('It could not be looked up', () => this.connection.ask('conversations.retention', {conversation_id: id}));
    if (!now) return;
    const policy = element('select', {'aria-label': 'What stays'},
      ...POLICIES.map(([name, words]) => element('option', {value: name, selected: name === (now.retention?.policy ?? 'default')}, words)));
    const limit = element('input', {type: 'number', min: '1', 'aria-label': 'How many', value: now.retention?.limit ?? ''});
    const effect = element('p', {class: 'effect', role: 'status'});
    const wanted = () => (policy.value === 'default' ? null : {policy: policy.value, ...(!limit.hidden && {limit: Number(limit.value)})});
    let asked = 0;
    const changed = async () => {
      const mine = ++asked;
      limit.hidden = !FIRST_LIMIT[policy.value];
      if (!limit.hidden && !limit.value) limit.value = FIRST_LIMIT[policy.value];
      const words = await this.effectOf(id, wanted());
      if (mine === asked) effect.textContent = words;
    };
    policy.addEventListener('change', () => {
      limit.value = '';
      changed();
    });
    limit.addEventListener('input', changed);
    const save = async (event) => {
      if (event.submitter?.value !== 'save') return;
      event.preventDefault();  // it closes once it is so: whoever looks again sees what was chosen
      await this.retain(id, wanted());
      this.dialog.close();
    };
    this.dialog.replaceChildren(element('form', {method: 'dialog', submit: save},
      element('h2', {id: 'retention-title'}, 'How much of this conversation stays?'),
      element('p', {}, policy, ' ', limit), effect,
      element('div', {class: 'dialog-buttons'},
        element('button', {type: 'submit', class: 'small', value: ''}, 'Cancel'),
        element('button', {type: 'submit', class: 'small', value: 'save'}, 'Save'))));
    this.dialog.showModal();
    changed();
  }

  async effectOf(id, retention) {
    try {
      const tried = await this.connection.ask('conversations.retention', {conversation_id: id, retention, dry_run: true});
      return tried.would_go > 0 ? `${plural(tried.would_go, 'event')} would be deleted for good.` : 'Nothing would go now.';
    } catch (error) {
      return error.message;
    }
  }

  async retain(id, retention) {
    await this.attempt('It could not be changed', () => this.connection.ask('conversations.retention', {conversation_id: id, retention}));
    this.onChanged();
  }
}
