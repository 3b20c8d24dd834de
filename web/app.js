/** Puts the page together: makes its parts, and tells each what it has to hear of the others. */
import {ApprovalsPanel} from './approvals_panel.js';
import {askForToken, takeTokenFromAddress, webSocketUrl} from './access.js';
import {Composer} from './composer.js';
import {Connection} from './connection.js';
import {importFile, wordsAbout} from './conversation_files.js';
import {ConversationList} from './conversation_list.js';
import {ConversationMenu} from './conversation_menu.js';
import {ConversationView} from './conversation_view.js';
import {element} from './dom.js';
import {Drawer} from './drawer.js';
import {plural} from './format.js';
import {Materials} from './materials.js';
import {MemoryPanel} from './memory_panel.js';
import {Pictures} from './pictures.js';
import {Search} from './search.js';
import {StatusPanel} from './status_panel.js';
import {Transcript} from './transcript.js';
import {UsageView} from './usage_view.js';

const byId = (id) => document.getElementById(id);
const hrefOf = (id) => `#/c/${encodeURIComponent(id)}`;
const OFFLINE_GRACE_MS = 1200;

// ---- parts of the page --------------------------------------------------------------------------------------------

const drawer = new Drawer({
  drawer: byId('drawer'), page: byId('page'), backdrop: byId('backdrop'), opener: byId('drawer-open'), closer: byId('drawer-close'),
});
const statusPanel = new StatusPanel({button: byId('status'), panel: byId('status-panel')});
const connection = new Connection(webSocketUrl, {onState: connectionChanged, onNotice: noticed});
statusPanel.parts = [ApprovalsPanel, MemoryPanel].map(
  (Part) => new Part({panel: byId('status-panel'), connection, hrefOf, onProblem: showProblem}));
const transcript = new Transcript({
  scroller: byId('scroller'), list: byId('transcript'), jump: byId('jump'), earlier: byId('earlier'), onEarlier: () => view.loadEarlier(),
});
const view = new ConversationView({
  transcript, connection, model: () => composer.model, hrefOf, onOpen: opened, onRunning: runningChanged,
  onChanged: () => conversations.refresh(), onProblem: showProblem, announce,
});
const menu = new ConversationMenu({
  connection, onRename: (id) => conversations.beginRename(id), onDelete: (id) => conversations.confirmDelete(id),
  onForked: (id) => {
    conversations.refresh();
    view.open(id);
  },
  onChanged: () => conversations.refresh(), onProblem: showProblem,
});
const conversations = new ConversationList({
  list: byId('conversations'), more: byId('more'), archive: byId('archive'), dialog: byId('delete-dialog'), connection, hrefOf,
  onMenu: (button, conversation) => menu.open(button, conversation),
  onChanged: showTitle, onDeleted: (id) => id === view.current && view.open(null), onProblem: showProblem,
});
conversations.isRunning = (id) => view.isRunning(id);
const search = new Search({input: byId('search'), list: byId('hits'), instead: byId('conversations'), connection, onOpen: openHit});
let materials = null;
let pictures = null;
const composer = new Composer({
  form: byId('composer'), input: byId('question'), button: byId('send'), models: byId('models'), onSend: askWithMaterials, onStop: () => view.stop(),
  hasMore: () => Boolean(materials?.chosen.prompt) || pictures?.chosen.length > 0,
});
materials = new Materials({input: byId('question'), box: byId('materials'), connection, onChange: () => composer.fit()});
pictures = new Pictures({
  box: byId('materials'), input: byId('question'), drop: byId('page'), button: byId('add-picture'),
  onChange: () => composer.fit(), onProblem: showProblem,
});

const usage = new UsageView({section: byId('usage'), connection, titleOf: (id) => conversations.titleOf(id), hrefOf});

// ---- the connection -----------------------------------------------------------------------------------------------

let offlineTimer = null;

function connectionChanged(state) {
  statusPanel.setConnection(state);
  if (state === 'online') {
    clearTimeout(offlineTimer);
    offlineTimer = null;
    byId('offline').hidden = true;
    showProblem('');
    conversations.refresh();
    loadStatus();
    if (usage.isShown) usage.load();
  } else {
    // A socket replaced at once is nobody's business.
    offlineTimer ??= setTimeout(() => (byId('offline').hidden = false), OFFLINE_GRACE_MS);
    if (state === 'offline') askForToken(byId('access-dialog'), () => connection.connect());
  }
}

function noticed({type, message}) {
  if (type === 'titled') conversations.refresh();
  else showProblem(message);
}

async function loadStatus() {
  try {
    const status = await connection.ask('status');
    statusPanel.setStatus(status);
    composer.offerModels(status.models ?? [], status.model);
    showWelcome(status);
    byId('demo').hidden = !status.demo || sessionStorage.getItem('convoke.demo') === 'hidden';
    if (status.hint) byId('demo-hint').textContent = status.hint;
  } catch (error) {
    showProblem(`The status could not be loaded: ${error.message}`);
  }
}

function showWelcome({demo, tools = []}) {
  const servers = new Set(tools.map((tool) => tool.server)).size;
  byId('tools-ready').textContent = tools.length > 0
    ? `${plural(tools.length, 'tool')} from ${plural(servers, 'server')} can help.` : 'No tools are connected; the model answers alone.';
  const suggestions = demo ? ['add 2 and 3', 'divide 8 by 0', 'What did I ask before?']
    : ['What can you help me with?', 'Which tools do you have, and what are they for?'];
  byId('suggestions').replaceChildren(...suggestions.map((text) => element('li', {},
    element('button', {type: 'button', class: 'small', click: () => view.ask(text)}, text))));
}

// ---- the conversation -----------------------------------------------------------------------------------------------

/** Asks what is in the composer, with what was chosen there. */
function askWithMaterials(text) {
  const chosen = {...materials.chosen, ...(pictures.chosen.length > 0 && {images: pictures.chosen})};
  if (!view.ask(text, chosen)) return false;
  materials.clear();
  pictures.clear();
  return true;
}

function opened(from, to) {
  composer.switchDraft(from, to);
  if (from !== to) {
    materials.clear();
    pictures.clear();
  }
  showUsage(false);
  drawer.set(false);
  showProblem('');
  composer.focus();
}

function openHit({conversation_id: id, seq}) {
  search.clear();
  view.openAt(id, seq);
}

function runningChanged() {
  composer.setRunning(Boolean(view.runningHere()));
  conversations.setCurrent(isUsage() ? null : view.current);
  showTitle();
}

async function importChosen() {
  const [file] = byId('import-file').files;
  byId('import-file').value = '';
  if (!file) return;
  try {
    const done = await importFile(connection, file);
    announce(wordsAbout(done));
    showProblem(done.some((one) => one.exists) ? wordsAbout(done) : '');
    const first = done.find((one) => one.conversation_id);
    if (first) view.open(first.conversation_id);
  } catch (error) {
    showProblem(`${file.name} could not be imported: ${error.message}`);
  }
  conversations.refresh();
}

/** Shows the figures in place of the conversation, or the conversation again. */
function showUsage(isShown) {
  for (const id of ['scroller', 'foot']) byId(id).hidden = isShown;
  if (isShown) byId('usage-link').setAttribute('aria-current', 'page');
  else byId('usage-link').removeAttribute('aria-current');
  if (!isShown) return usage.hide();
  conversations.setCurrent(null);
  drawer.set(false);
  showTitle();
  usage.section.focus();
  return connection.isOnline ? usage.show() : (usage.section.hidden = false);
}

function showTitle() {
  const shown = transcript.views[0]?.question;
  const {current} = view;
  const title = isUsage() ? 'Usage and cost' : (current && conversations.titleOf(current)) || shown?.slice(0, 80) || 'New chat';
  byId('title').textContent = title;
  document.title = current || shown || isUsage() ? `${title} · Convoke` : 'Convoke';
  byId('welcome').hidden = current !== null || transcript.views.length > 0;
}

// ---- the rest of the page -----------------------------------------------------------------------------------------

function showProblem(words) {
  byId('problem').textContent = words;
  byId('problem').hidden = words === '';
}

function announce(words) {
  byId('announcer').textContent = words;
}

function isUsage() {
  return location.hash === '#/usage';
}

function openFromAddress() {
  if (isUsage()) return showUsage(true);
  let id = null;
  try {
    id = decodeURIComponent(/^#\/c\/(.+)$/.exec(location.hash)?.[1] ?? '') || null;
  } catch {
    // Not one of our addresses: a new chat.
  }
  return view.open(id);
}

for (const link of document.querySelectorAll('[data-new-chat]')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    view.open(null);
  });
}
// The address of the conversation on screen changes nothing; on a phone the list still has to go.
byId('conversations').addEventListener('click', (event) => event.target.closest('a') && drawer.set(false));
byId('status-panel').addEventListener('toggle', ({newState}) => newState === 'open' && connection.isOnline && loadStatus());
byId('demo-close').addEventListener('click', () => {
  sessionStorage.setItem('convoke.demo', 'hidden');
  byId('demo').hidden = true;
});
byId('import').addEventListener('click', () => byId('import-file').click());
byId('import-file').addEventListener('change', importChosen);
addEventListener('hashchange', openFromAddress);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && connection.isOnline && conversations.refresh());

composer.setRunning(false);
takeTokenFromAddress();
connection.connect();
openFromAddress();
