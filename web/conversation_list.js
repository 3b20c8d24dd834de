/** The conversations in the side bar: open, rename, delete, load more; those in use, or those put away. */
import {element, icon} from './dom.js';
import {shortDate} from './format.js';

const PAGE = 50;

export class ConversationList {
  /**
   * `hrefOf(id)` is a conversation's address; `onMenu(button, conversation)` opens its menu; `onChanged()`, `onDeleted(id)` and
   * `onProblem(words)` tell what happened.
   */
  constructor({list, more, archive, dialog, connection, hrefOf, onMenu, onChanged, onDeleted, onProblem}) {
    Object.assign(this, {list, more, archive, dialog, connection, hrefOf, onMenu, onChanged, onDeleted, onProblem});
    archive.addEventListener('click', () => this.showArchive(archive.getAttribute('aria-pressed') !== 'true'));
    this.conversations = [];
    this.limit = PAGE;
    this.current = null;
    this.isRunning = () => false;
    this.showsArchive = false;
    more.addEventListener('click', () => this.loadMore());
    setInterval(() => this.draw(), 60_000);
  }

  /** Asks the server for the list as it is now. */
  async refresh() {
    try {
      const {conversations = []} = await this.connection.ask('conversations.list', {limit: Math.min(this.limit, 500), archived: this.showsArchive});
      this.conversations = conversations;
      this.draw();
      this.onChanged();
    } catch (error) {
      this.onProblem(`The conversations could not be loaded: ${error.message}`);
    }
  }

  titleOf(id) {
    return this.conversations.find((conversation) => conversation.id === id)?.title || '';
  }

  setCurrent(id) {
    this.current = id;
    this.draw();
  }

  showArchive(isShown) {
    this.showsArchive = isShown;
    this.archive.setAttribute('aria-pressed', String(isShown));
    this.limit = PAGE;
    return this.refresh();
  }

  loadMore() {
    this.limit += PAGE;
    this.refresh();
  }

  draw() {
    // A name that is being typed must not be drawn over.
    if (this.list.querySelector('input')) return;
    const focused = document.activeElement?.closest?.('#conversations li')?.dataset.id;
    this.list.replaceChildren(...this.conversations.map((conversation) => this.row(conversation)));
    this.more.hidden = this.conversations.length < this.limit;
    if (focused) this.list.querySelector(`li[data-id="${CSS.escape(focused)}"] a`)?.focus();
  }

  row(conversation) {
    const {id, title, updated} = conversation;
    const name = title || 'New conversation';
    const link = element('a', {href: this.hrefOf(id), 'aria-current': id === this.current ? 'page' : null, title: name},
      element('span', {class: 'title', dir: 'auto'}, name),
      element('time', {datetime: updated, title: new Date(updated).toLocaleString()}, shortDate(updated)));
    const row = element('li', {'data-id': id, class: this.isRunning(id) ? 'running' : null}, link);
    row.append(element('span', {class: 'row-actions'},
      element('button', {type: 'button', class: 'quiet', 'aria-label': `Rename ${name}`, title: 'Rename',
        click: () => this.startRename(row, link, id, title)}, icon('pencil')),
      element('button', {type: 'button', class: 'quiet', 'aria-label': `Delete ${name}`, title: 'Delete',
        click: () => this.confirmDelete(id)}, icon('trash')),
      element('button', {type: 'button', class: 'quiet', 'aria-label': `More about ${name}`, title: 'More', 'aria-haspopup': 'menu',
        click: (event) => this.onMenu(event.currentTarget, conversation)}, icon('more'))));
    return row;
  }

  beginRename(id) {
    const row = this.list.querySelector(`li[data-id="${CSS.escape(id)}"]`);
    if (row) this.startRename(row, row.querySelector('a'), id, this.titleOf(id));
  }

  startRename(row, link, id, title) {
    const input = element('input', {type: 'text', maxlength: '200', 'aria-label': 'Title', value: title, dir: 'auto'});
    let isOver = false;
    const end = (isWanted) => {
      if (isOver) return;
      isOver = true;
      const wanted = input.value.trim();
      input.remove();
      if (isWanted && wanted && wanted !== title) this.rename(id, wanted);
      this.draw();
      this.list.querySelector(`li[data-id="${CSS.escape(id)}"] a`)?.focus();
    };
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) end(true);
      if (event.key === 'Escape') end(false);
    });
    input.addEventListener('blur', () => end(true));
    row.replaceChildren(input);
    input.focus();
    input.select();
  }

  async rename(id, title) {
    const conversation = this.conversations.find((one) => one.id === id);
    if (conversation) conversation.title = title;
    try {
      await this.connection.ask('conversations.rename', {conversation_id: id, title});
    } catch (error) {
      this.onProblem(`The title could not be changed: ${error.message}`);
    }
    this.refresh();
  }

  confirmDelete(id) {
    this.dialog.querySelector('strong').textContent = this.titleOf(id) || 'New conversation';
    this.dialog.returnValue = '';
    this.dialog.addEventListener('close', () => this.dialog.returnValue === 'delete' && this.remove(id), {once: true});
    this.dialog.showModal();
  }

  async remove(id) {
    try {
      await this.connection.ask('conversations.delete', {conversation_id: id});
    } catch (error) {
      if (error.type !== 'not_found') {
        this.onProblem(`The conversation could not be deleted: ${error.message}`);
        return;
      }
    }
    this.conversations = this.conversations.filter((conversation) => conversation.id !== id);
    this.draw();
    this.onDeleted(id);
    this.refresh();
  }
}
