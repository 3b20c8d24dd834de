/** The tools that were allowed for the rest of a conversation, and the way to take that back; in the status panel. */
import {element, icon} from './dom.js';

export class ApprovalsPanel {
  /** `onProblem(words)` tells what went wrong. Nothing is shown while nothing is allowed. */
  constructor({panel, connection, hrefOf, onProblem}) {
    Object.assign(this, {connection, hrefOf, onProblem});
    this.section = element('section', {class: 'approvals', hidden: true});
    panel.addEventListener('toggle', (event) => event.newState === 'open' && this.refresh());
  }

  async refresh() {
    try {
      const {approvals = []} = await this.connection.ask('approvals.list', {});
      this.draw(approvals);
    } catch {
      this.section.hidden = true;  // an older server
    }
  }

  draw(approvals) {
    this.section.hidden = approvals.length === 0;
    this.section.replaceChildren(element('h3', {}, `Allowed without asking (${approvals.length})`),
      element('ul', {}, ...approvals.map((approval) => this.row(approval))));
  }

  row({conversation_id: conversation, server, tool}) {
    return element('li', {},
      element('span', {}, element('code', {}, tool), ` of ${server}`),
      element('a', {href: this.hrefOf(conversation), class: 'source'}, 'where'),
      element('button', {type: 'button', class: 'quiet', 'aria-label': `Ask again before ${tool} of ${server}`, title: 'Ask again',
        click: () => this.forget({server, tool, conversation_id: conversation})}, icon('trash')));
  }

  async forget(approval) {
    try {
      await this.connection.ask('approvals.forget', approval);
    } catch (error) {
      this.onProblem(`That could not be changed: ${error.message}`);
    }
    this.refresh();
  }
}
