/** What is remembered across conversations: listed, edited and deleted, in the status panel. */
import {element, icon} from './dom.js';

export class MemoryPanel {
  /** `onProblem(words)` tells what went wrong. Nothing is shown while the server remembers nothing. */
  constructor({panel, connection, hrefOf, onProblem}) {
    Object.assign(this, {connection, hrefOf, onProblem});
    this.section = element('section', {class: 'memory', hidden: true});
    panel.addEventListener('toggle', (event) => event.newState === 'open' && this.refresh());
  }

  async refresh() {
    try {
      const {facts = []} = await this.connection.ask('memory.list', {});
      this.draw(facts);
    } catch {
      this.section.hidden = true;  // switched off
    }
  }

  draw(facts) {
    this.section.hidden = false;
    this.section.replaceChildren(element('h2', {}, `Remembered (${facts.length})`),
      facts.length === 0 ? element('p', {class: 'none'}, 'Nothing. Ask the assistant to remember something.')
        : element('ul', {}, ...facts.map((fact) => this.row(fact))));
  }

  row({id, text, conversation_id: conversation}) {
    const words = element('span', {dir: 'auto'}, text);
    const row = element('li', {'data-id': id}, words,
      conversation ? element('a', {href: this.hrefOf(conversation), class: 'source'}, 'where') : null);
    row.append(
      element('button', {type: 'button', class: 'quiet', 'aria-label': `Edit: ${text}`, title: 'Edit',
        click: () => this.startEdit(words, id, text)}, icon('pencil')),
      element('button', {type: 'button', class: 'quiet', 'aria-label': `Forget: ${text}`, title: 'Forget',
        click: () => this.change('memory.delete', {id})}, icon('trash')));
    return row;
  }

  startEdit(words, id, text) {
    const input = element('input', {type: 'text', maxlength: '2000', 'aria-label': 'Fact', value: text, dir: 'auto'});
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.refresh();
      if (event.key === 'Enter' && !event.isComposing && input.value.trim()) this.change('memory.edit', {id, text: input.value.trim()});
    });
    words.replaceWith(input);
    input.focus();
  }

  async change(action, payload) {
    try {
      await this.connection.ask(action, payload);
    } catch (error) {
      this.onProblem(`That could not be changed: ${error.message}`);
    }
    this.refresh();
  }
}
