/**
 * A stand-in for `convoke serve` that needs no build: it serves web/ and speaks the frames of docs/websocket-api.md, with
 * made-up answers. `node fake_server.mjs [port]` runs it by hand.
 */
import {createHash, randomUUID} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {fileURLToPath} from 'node:url';
import {WebSocketServer} from 'ws';

import {answerTo} from './fake_answers.mjs';
import {HEALTH, usageOf} from './fake_usage.mjs';

const WEB = new URL('../../../web/', import.meta.url);
const TYPES = {html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml'};
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};
const STATUS = {
  version: '0.1.0', provider: 'demo', model: 'demo', demo: true, models: ['demo', 'gpt-5-mini'],
  servers: [{name: 'demo', state: 'ready', tools: 2}, {name: 'files', state: 'ready', tools: 2},
    {name: 'github', state: 'restarting', tools: 0, problem: 'exited with code 1; starting again in 4 s'}],
  tools: [{name: 'sum', server: 'demo', description: 'Adds two numbers.'},
    {name: 'divide', server: 'demo', description: 'Divides one number by another.'},
    {name: 'search_files', server: 'files', description: 'Finds text in files.'},
    {name: 'read_file', server: 'files', description: 'Reads a file.'}],
  hint: 'Ollama answers on port 11434: set llm.active: ollama.',
};

/** Starts on `port` of loopback (0: any); with a `token`, only who has it may connect. Resolves to {url, close()}. */
export async function startFakeServer({port = 0, token = ''} = {}) {
  const server = createServer((request, response) => {
    if (request.url !== '/health') return serveFile(request, response);
    const mayEnter = token === '' || request.headers.authorization === `Bearer ${token}`;
    return response.writeHead(mayEnter ? 200 : 401, HEADERS).end(mayEnter ? JSON.stringify(HEALTH) : '');
  });
  const chat = new FakeChat();
  const verifyClient = ({req}) => token === '' || new URL(req.url, 'http://localhost').searchParams.get('access_token') === token;
  const sockets = new WebSocketServer({server, path: '/ws/chat', verifyClient});
  sockets.on('connection', (socket) => chat.serve(socket));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      sockets.clients.forEach((socket) => socket.terminate());
      server.closeAllConnections();
      server.close();
    },
  };
}

async function serveFile(request, response) {
  const {pathname} = new URL(request.url, 'http://localhost');
  const name = pathname === '/' ? 'index.html' : pathname.slice(1);
  const type = TYPES[name.split('.').at(-1)];
  try {
    if (!type || !/^\w+\.\w+$/.test(name)) throw new Error('no such file');
    const bytes = await readFile(new URL(name, WEB));
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
    const isKnown = request.headers['if-none-match'] === etag;
    response.writeHead(isKnown ? 304 : 200, {...HEADERS, 'Content-Type': `${type}; charset=utf-8`, 'ETag': etag});
    response.end(isKnown ? undefined : bytes);
  } catch {
    response.writeHead(404, HEADERS).end('no such file');
  }
}

class FakeChat {
  conversations = new Map();
  turns = new Map();

  serve(socket) {
    const link = {socket, ownConversation: null};
    socket.on('message', (text) => {
      const frame = JSON.parse(text);
      const send = (answer) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(answer));
      this.answer(link, frame, send);
    });
  }

  answer(link, {action, request_id: id, payload = {}}, send) {
    const reply = (data) => send({request_id: id, seq: 1, status: 'complete', data});
    const fail = (type, code, message, seq = 1) =>
      send({request_id: id, seq, status: 'error', error: {code, type, message, retryable: false}, chunk: {error: message}});
    const conversation = this.conversations.get(payload.conversation_id);
    const turn = this.turns.get(id);
    switch (action) {
      case 'chat': return turn && !turn.hasFailed ? turn.follow(0, send) : this.startTurn(link, id, payload, send, (turn?.attempt ?? 0) + 1);
      case 'resume': return turn ? turn.follow(payload.after ?? 0, send) : fail('not_found', 404, 'there is no such request', 0);
      case 'cancel': return turn ? turn.cancel() : fail('not_found', 404, 'there is no such request', 0);
      case 'conversations.list': return reply({conversations: this.list(payload)});
      case 'conversations.get': return conversation ? reply(page(conversation, payload)) : fail('not_found', 404, 'there is no such conversation');
      case 'conversations.rename':
        if (!conversation) return fail('not_found', 404, 'there is no such conversation');
        conversation.title = payload.title;
        return reply({});
      case 'conversations.delete':
        return this.conversations.delete(payload.conversation_id) ? reply({}) : fail('not_found', 404, 'there is no such conversation');
      case 'status': return reply(STATUS);
      case 'usage': return reply(usageOf(payload, [...this.conversations.keys()]));
      case 'ping': return reply({pong: true});
      default: return fail('invalid_input', 400, `unknown action "${action}"`);
    }
  }

  list({offset = 0, limit = 50}) {
    return [...this.conversations.values()].sort((a, b) => b.updated.localeCompare(a.updated)).slice(offset, offset + limit)
      .map(({id, title, created, updated, events}) => ({id, title, created, updated, events: events.length}));
  }

  startTurn(link, id, {conversation_id: wanted, text, model = 'demo'}, send, attempt) {
    const conversationId = wanted ?? (link.ownConversation ??= `c_${randomUUID()}`);
    const now = new Date().toISOString();
    const conversation = this.conversations.get(conversationId) ??
      {id: conversationId, title: text.slice(0, 60), created: now, updated: now, events: []};
    this.conversations.set(conversationId, conversation);
    const earlier = conversation.events.filter((event) => event.type === 'user_message').map((event) => event.content);
    const turn = new FakeTurn(id, conversation, model, attempt);
    this.turns.set(id, turn);
    turn.follow(0, send);
    turn.run(text, answerTo(text, earlier, attempt));
  }
}

function page({events}, {before = 0, limit = 200}) {
  const older = before > 0 ? events.filter((event) => event.seq < before) : events;
  return {events: older.slice(-limit), has_more: older.length > limit};
}

/** One turn, with all its frames so far; it goes on whether or not somebody listens. */
class FakeTurn {
  frames = [];
  listeners = new Set();
  isCancelled = false;
  hasFailed = false;
  text = '';
  tokens = 0;
  call = null;

  constructor(id, conversation, model, attempt) {
    Object.assign(this, {id, conversation, model, attempt, startedAt: Date.now()});
  }

  follow(after, send) {
    for (const frame of this.frames.slice(after)) send(frame);
    this.listeners.add(send);
  }

  cancel() {
    this.isCancelled = true;
  }

  async run(question, steps) {
    this.record('user_message', {role: 'user', content: question, parts: [{type: 'text', text: question}]});
    this.show({status: 'processing', metadata: {conversation_id: this.conversation.id, model: this.model}});
    for (const step of steps) {
      if (this.isCancelled || this.hasFailed) break;
      if (step.pause) await new Promise((resolve) => setTimeout(resolve, step.pause));
      else this.take(step);
    }
    if (!this.hasFailed) this.complete();
  }

  take({text, reasoning, call, result, error, ms, fail}) {
    if (text) {
      this.text += text;
      this.chunk('text', text);
    }
    if (reasoning) {
      this.reasoning = (this.reasoning ?? '') + reasoning;
      this.chunk('reasoning', reasoning);
    }
    if (call) this.startCall(call);
    if (result !== undefined) this.endCall(result, Boolean(error), ms);
    if (fail) this.failWith(fail);
  }

  chunk(type, data) {
    this.tokens++;
    this.show({status: 'chunk', chunk: {type, data}});
  }

  startCall(call) {
    this.flush();
    this.call = {...call, tool_call_id: `call_${randomUUID()}`};
    const {tool, tool_call_id: id, arguments: args} = this.call;
    this.record('tool_call', {role: 'assistant', details: {server: call.server},
      parts: [{type: 'tool_call', id, name: tool, arguments: JSON.stringify(args)}]});
    this.show({status: 'processing', chunk: {type: 'tool_execution', data: `calling ${tool}`, metadata: this.call}});
  }

  endCall(result, isError, ms) {
    const {tool, server, tool_call_id: id} = this.call;
    this.record('tool_result', {role: 'tool', details: {server, duration_ms: ms},
      parts: [{type: 'tool_result', call_id: id, name: tool, text: result, ...(isError && {is_error: true})}]});
    this.show({status: 'processing', chunk: {type: 'tool_result', data: result,
      metadata: {tool_call_id: id, tool, server, is_error: isError, duration_ms: ms}}});
  }

  failWith(error) {
    this.hasFailed = true;
    this.record('turn_failed', {details: {error}});
    this.show({status: 'error', error, chunk: {error: error.message}});
  }

  complete() {
    this.flush();
    const usage = {input_tokens: 182, output_tokens: this.tokens, total_tokens: 182 + this.tokens, cached_tokens: 128};
    const details = {finish_reason: this.isCancelled ? 'cancelled' : 'stop', tool_calls: this.call ? 1 : 0, model_calls: 1,
      cost: '0.000421', cost_known: true, duration_ms: Date.now() - this.startedAt, first_chunk_ms: 42};
    this.record(this.isCancelled ? 'turn_cancelled' : 'turn_completed', {model: this.model, usage, details});
    this.show({status: 'complete', metadata: {...details, tokens: usage.total_tokens, usage, model: this.model, conversation_id: this.conversation.id}});
  }

  /** What was said so far becomes a message of the record. */
  flush() {
    const parts = [];
    if (this.reasoning) parts.push({type: 'reasoning', text: this.reasoning});
    if (this.text) parts.push({type: 'text', text: this.text});
    if (parts.length > 0) this.record('assistant_message', {role: 'assistant', content: this.text, parts});
    this.reasoning = '';
    this.text = '';
  }

  record(type, event) {
    const {events, id} = this.conversation;
    this.conversation.updated = new Date().toISOString();
    events.push({id: events.length + 1, conversation_id: id, seq: events.length + 1, parent: events.length,
      timestamp: this.conversation.updated, type, request_id: this.id, ...event});
  }

  show(frame) {
    const numbered = {request_id: this.id, seq: this.frames.length + 1, ...frame};
    this.frames.push(numbered);
    this.listeners.forEach((send) => send(numbered));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {url} = await startFakeServer({port: Number(process.argv[2] ?? 8000)});
  console.log(url);
}
