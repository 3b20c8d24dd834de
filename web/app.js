/** Puts the page together: which conversation is shown, which turns run, and who hears of it. */
import {askForToken, takeTokenFromAddress, webSocketUrl} from './access.js';
import {Composer} from './composer.js';
import {Connection, randomId} from './connection.js';
import {ConversationList} from './conversation_list.js';
import {element} from './dom.js';
import {plural} from './format.js';
import {Materials} from './materials.js';
import {MemoryPanel} from './memory_panel.js';
import {turnsOf} from './recorded_turns.js';
import {Search} from './search.js';
import {StatusPanel} from './status_panel.js';
import {Transcript} from './transcript.js';
import {TurnView} from './turn_view.js';
import {UsageView} from './usage_view.js';

const byId = (id) => document.getElementById(id);
const hrefOf = (id) => `#/c/${encodeURIComponent(id)}`;
const PHONE = matchMedia('(max-width: 760px)');
const OFFLINE_GRACE_MS = 1200;

/** Turns that are not over, by request id; they go on when another conversation is shown. */
const running = new Map();
/** The conversation on screen; null before its first question. */
let current = null;
/** Counts what was shown, so that a late answer about something else is dropped. */
let showing = 0;
/** The oldest events loaded, where their turn may begin on an earlier page. */
let oldest = {events: [], view: null};

// ---- parts of the page --------------------------------------------------------------------------------------------

const statusPanel = new StatusPanel({button: byId('status'), panel: byId('status-panel')});
const connection = new Connection(webSocketUrl, {onState: connectionChanged, onNotice: ({message}) => showProblem(message)});
statusPanel.memory = new MemoryPanel({panel: byId('status-panel'), connection, hrefOf, onProblem: showProblem});
const conversations = new ConversationList({
  list: byId('conversations'), more: byId('more'), dialog: byId('delete-dialog'), connection, hrefOf,
  onChanged: showTitle, onDeleted: (id) => id === current && open(null), onProblem: showProblem,
});
conversations.isRunning = (id) => [...running.values()].some((view) => view.conversationId === id);
const search = new Search({input: byId('search'), list: byId('hits'), instead: byId('conversations'), connection, onOpen: openHit});
const transcript = new Transcript({
  scroller: byId('scroller'), list: byId('transcript'), jump: byId('jump'), earlier: byId('earlier'), onEarlier: loadEarlier,
});
let materials = null;
const composer = new Composer({
  form: byId('composer'), input: byId('question'), button: byId('send'), models: byId('models'), onSend: askWithMaterials, onStop: stop,
  hasMore: () => Boolean(materials?.chosen.prompt),
});
materials = new Materials({input: byId('question'), box: byId('materials'), connection, onChange: () => composer.fit()});

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
    element('button', {type: 'button', class: 'small', click: () => ask(text)}, text))));
}

// ---- asking -------------------------------------------------------------------------------------------------------

/** Asks what is in the composer, with the prompt and the attachments chosen there. */
function askWithMaterials(text) {
  if (!ask(text, materials.chosen)) return false;
  materials.clear();
  return true;
}

/** Asks `text` in the conversation on screen; false while it is busy. `chosen`: a prompt and attachments. */
function ask(text, chosen = {}) {
  if (runningHere()) return false;
  showProblem('');
  if (current === null) {
    current = `c_${randomId()}`;
    history.replaceState(null, '', hrefOf(current));
  }
  const view = makeView(randomId(), text, chosen);
  transcript.append(view);
  send(view);
  return true;
}

/** Asks beside what `view` shows: its question in other words, or the same once more. */
function askBeside(view, {text, ...where}) {
  if (runningHere()) return;
  showProblem('');
  const at = transcript.views.indexOf(view);
  for (const later of transcript.views.slice(at)) transcript.remove(later);
  const beside = makeView(randomId(), text ?? view.question, view.materials);
  beside.where = where;
  transcript.append(beside);
  send(beside);
}

/** Shows another version of a question or an answer. */
async function showVersion(seq) {
  if (runningHere()) return;
  try {
    await connection.ask('conversations.switch', {conversation_id: current, seq});
    open(current);
  } catch (error) {
    showProblem(`The other version could not be shown: ${error.message}`);
  }
}

function send(view) {
  const payload = {...view.materials, ...view.where, text: view.where?.regenerate ? undefined : view.question, conversation_id: view.conversationId,
    model: composer.model};
  running.set(view.requestId, view);
  connection.chat(view.requestId, payload, (frame) => receive(view, frame));
  runningChanged();
  announce('Convoke is answering.');
}

function receive(view, frame) {
  view.receive(frame);
  if (!view.isRunning) {
    running.delete(view.requestId);
    runningChanged();
    // Only the server knows the versions there are now.
    if (view.where && view.conversationId === current) open(current);
  }
  if (frame.seq === 1 || !view.isRunning) conversations.refresh();
}

function makeView(requestId, question, chosen = {}) {
  return new TurnView({requestId, question, materials: chosen, conversationId: current, announce,
    onRetry: (view) => {
      if (runningHere()) return;
      view.restart();
      send(view);
    },
    onAskAgain: (view) => ask(view.question, view.materials),
    onBranch: askBeside, onSwitch: showVersion,
    onAnswer: (view, payload) => connection.answer(view.requestId, {conversation_id: view.conversationId, ...payload})});
}

function runningHere() {
  return transcript.views.find((view) => view.isRunning);
}

function stop() {
  const view = runningHere();
  if (view) connection.cancel(view.requestId);
}

function runningChanged() {
  composer.setRunning(Boolean(runningHere()));
  conversations.setCurrent(isUsage() ? null : current);
  showTitle();
}

// ---- showing a conversation ---------------------------------------------------------------------------------------

/** Shows conversation `id`, or an empty page for a new one. */
async function open(id) {
  if (location.hash !== (id ? hrefOf(id) : '')) history.pushState(null, '', id ? hrefOf(id) : location.pathname + location.search);
  composer.switchDraft(current, id);
  if (id !== current) materials.clear();
  current = id;
  const mine = ++showing;
  showUsage(false);
  setDrawer(false);
  showProblem('');
  transcript.show([]);
  if (id) {
    transcript.showLoading();
    try {
      const {events = [], has_more: hasMore} = await connection.ask('conversations.get', {conversation_id: id});
      if (mine !== showing) return;
      if (events.length === 0 && !conversations.isRunning(id)) throw new Error('there is no such conversation');
      showEvents(events, hasMore);
    } catch (error) {
      if (mine === showing) transcript.showProblem(`This conversation could not be opened: ${error.message}`, () => open(id));
    }
  }
  runningChanged();
  composer.focus();
}

/** Shows the branch of a conversation on which something was found. */
async function openHit({conversation_id: id, seq}) {
  search.clear();
  try {
    await connection.ask('conversations.switch', {conversation_id: id, seq});
  } catch (error) {
    showProblem(`It could not be opened: ${error.message}`);
  }
  open(id);
}

function showEvents(events, hasEarlier) {
  const turns = turnsOf(events);
  const views = turns.map(viewOf);
  const unrecorded = [...running.values()].filter((view) => view.conversationId === current && !views.includes(view));
  oldest = {events: turns[0]?.events ?? [], view: views[0]};
  transcript.show([...views, ...unrecorded], {hasEarlier});
}

function viewOf(turn) {
  const known = running.get(turn.requestId);
  if (known) return known;
  const view = makeView(turn.requestId, turn.question, turn.materials);
  if (turn.isClosed) {
    view.announce = () => {};
    turn.frames.forEach((frame) => view.receive(frame));
    view.announce = announce;
    view.setPlace(turn.place);
  } else {
    running.set(turn.requestId, view);
    connection.follow(turn.requestId, (frame) => receive(view, frame));
  }
  return view;
}

async function loadEarlier() {
  const mine = showing;
  try {
    const {events = [], has_more: hasMore} =
      await connection.ask('conversations.get', {conversation_id: current, before: oldest.events[0]?.seq ?? 0});
    if (mine !== showing) return;
    const cutOff = oldest.view?.question === null ? oldest : {events: [], view: null};
    if (cutOff.view) transcript.remove(cutOff.view);
    const turns = turnsOf([...events, ...cutOff.events]);
    const views = turns.map(viewOf);
    oldest = {events: turns[0]?.events ?? [], view: views[0]};
    transcript.prepend(views, {hasEarlier: hasMore});
  } catch (error) {
    showProblem(`Earlier messages could not be loaded: ${error.message}`);
  }
}

/** Shows the figures in place of the conversation, or the conversation again. */
function showUsage(isShown) {
  for (const id of ['scroller', 'foot']) byId(id).hidden = isShown;
  if (isShown) byId('usage-link').setAttribute('aria-current', 'page');
  else byId('usage-link').removeAttribute('aria-current');
  if (!isShown) return usage.hide();
  conversations.setCurrent(null);
  setDrawer(false);
  showTitle();
  usage.section.focus();
  return connection.isOnline ? usage.show() : (usage.section.hidden = false);
}

function showTitle() {
  const shown = transcript.views[0]?.question;
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

function setDrawer(isOpen) {
  const modal = isOpen && PHONE.matches;
  document.body.classList.toggle('drawer-open', modal);
  byId('drawer').inert = PHONE.matches && !modal;
  byId('page').inert = modal;
  byId('backdrop').hidden = !modal;
  byId('drawer-open').setAttribute('aria-expanded', String(modal));
  if (modal) byId('drawer-close').focus();
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
  return open(id);
}

byId('drawer-open').addEventListener('click', () => setDrawer(true));
for (const id of ['drawer-close', 'backdrop']) {
  byId(id).addEventListener('click', () => {
    setDrawer(false);
    byId('drawer-open').focus();
  });
}
PHONE.addEventListener('change', () => setDrawer(false));
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && document.body.classList.contains('drawer-open')) byId('drawer-close').click();
});
for (const link of document.querySelectorAll('[data-new-chat]')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    open(null);
  });
}
// The address of the conversation on screen changes nothing; on a phone the list still has to go.
byId('conversations').addEventListener('click', (event) => event.target.closest('a') && setDrawer(false));
byId('status-panel').addEventListener('toggle', ({newState}) => newState === 'open' && connection.isOnline && loadStatus());
byId('demo-close').addEventListener('click', () => {
  sessionStorage.setItem('convoke.demo', 'hidden');
  byId('demo').hidden = true;
});
addEventListener('hashchange', openFromAddress);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && connection.isOnline && conversations.refresh());

composer.setRunning(false);
takeTokenFromAddress();
connection.connect();
openFromAddress();
