/** What answers here: model, tool servers and tools, behind the button in the head of the page. */
import {withToken} from './access.js';
import {element} from './dom.js';
import {count, plural} from './format.js';

const CONNECTION_WORDS = {online: 'Connected', connecting: 'Connecting …', offline: 'Offline'};

export class StatusPanel {
  constructor({button, panel}) {
    this.button = button;
    this.panel = panel;
    this.name = button.querySelector('.model-name');
    this.connection = 'connecting';
    this.status = null;
    this.parts = [];  // what else is shown in here: each with a `section`
  }

  setConnection(state) {
    this.connection = state;
    this.draw();
  }

  setStatus(status) {
    this.status = status;
    this.draw();
  }

  draw() {
    const {status} = this;
    const troubled = (status?.servers ?? []).some((server) => server.problem);
    this.button.dataset.state = this.connection === 'online' && troubled ? 'troubled' : this.connection;
    this.name.textContent = status?.model ?? CONNECTION_WORDS[this.connection];
    this.button.title = CONNECTION_WORDS[this.connection];
    if (!status) return;
    this.panel.replaceChildren(
      element('dl', {},
        ...pair('Connection', CONNECTION_WORDS[this.connection]), ...pair('Provider', status.provider),
        ...pair('Model', status.model), ...pair('Server', `Convoke ${status.version}`)),
      element('h2', {}, `Tool servers (${count(status.servers?.length ?? 0)})`),
      servers(status.servers ?? []),
      ...tools(status.tools ?? []));
    this.panel.append(...this.parts.map((part) => part.section));
    if (status.hint) this.panel.append(element('p', {class: 'hint'}, status.hint));
  }
}

function pair(name, value) {
  return [element('dt', {}, name), element('dd', {}, value ?? '–')];
}

function servers(list) {
  if (list.length === 0) return element('p', {class: 'none'}, 'None. Name them in servers_config.json.');
  return element('ul', {class: 'servers'}, ...list.map((server) => element('li', {'data-troubled': Boolean(server.problem)},
    element('span', {class: 'server-name'}, server.name),
    element('span', {class: 'server-state'}, [server.state, plural(server.tools ?? 0, 'tool'), server.breaker && server.breaker !== 'closed' ? `breaker ${server.breaker}` : null]
      .filter(Boolean).join(' · ')),
    server.problem ? element('p', {class: 'server-problem'}, server.problem) : null,
    server.authorize ? element('a', {href: withToken(server.authorize), target: '_blank', rel: 'noopener'}, 'Authorize') : null)));
}

function tools(list) {
  if (list.length === 0) return [];
  const rows = list.map((tool) => element('li', {}, element('code', {}, tool.name), ' ', tool.description ?? ''));
  return [element('details', {class: 'tool-list'}, element('summary', {}, `Tools (${count(list.length)})`), element('ul', {}, ...rows))];
}
