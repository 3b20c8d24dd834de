import assert from 'node:assert/strict';
import {beforeEach, describe, it} from 'node:test';

/** A socket whose other end is the test. */
class TestSocket extends EventTarget {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = [];

  constructor() {
    super();
    TestSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  accept() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }

  deliver(...frames) {
    for (const frame of frames) this.dispatchEvent(Object.assign(new Event('message'), {data: JSON.stringify(frame)}));
  }

  close() {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
}

globalThis.WebSocket = TestSocket;
globalThis.document = Object.assign(new EventTarget(), {visibilityState: 'visible'});
const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.setInterval = () => 0;
const {Connection} = await import('./connection.js');

describe('A connection', () => {
  let connection;
  let states;
  let heard;
  const socket = () => TestSocket.all.at(-1);
  const chunk = (seq, data) => ({request_id: 'q', seq, status: 'chunk', chunk: {type: 'text', data}});
  const accepted = {request_id: 'q', seq: 1, status: 'processing', metadata: {conversation_id: 'c', model: 'm'}};
  const complete = (seq) => ({request_id: 'q', seq, status: 'complete', metadata: {}});
  const refusal = (type) => ({request_id: 'q', seq: 0, status: 'error', error: {type, message: type}});
  const seqs = () => heard.map((frame) => frame.seq);

  /** Loses the socket and opens the next one. */
  function loseSocket() {
    socket().close();
    page.dispatchEvent(new Event('online'));
    socket().accept();
  }

  beforeEach(() => {
    TestSocket.all = [];
    states = [];
    heard = [];
    connection = new Connection(() => 'ws://test', {onState: (state) => states.push(state), onNotice: () => {}});
    connection.connect();
    socket().accept();
  });

  const ask = () => connection.chat('q', {text: 'hello'}, (frame) => heard.push(frame));

  it('matches answers to questions by their ids', async () => {
    const first = connection.ask('status');
    const second = connection.ask('conversations.get', {conversation_id: 'c'});
    const [one, two] = socket().sent;
    socket().deliver({request_id: two.request_id, seq: 0, status: 'error', error: {type: 'not_found', message: 'gone'}},
      {request_id: one.request_id, seq: 1, status: 'complete', data: {version: '1'}});
    assert.deepEqual(await first, {version: '1'});
    await assert.rejects(second, {type: 'not_found', message: 'gone'});
  });

  it('goes on after the last frame it has when the socket was lost', () => {
    ask();
    socket().deliver(accepted, chunk(2, 'a'), chunk(3, 'b'));
    loseSocket();
    assert.deepEqual(socket().sent, [{action: 'resume', request_id: 'q', payload: {after: 3}}]);
    socket().deliver(chunk(3, 'b'), chunk(4, 'c'), complete(5));
    assert.deepEqual(seqs(), [1, 2, 3, 4, 5]);
    assert.deepEqual(states, ['connecting', 'online', 'offline', 'connecting', 'online']);
  });

  it('asks again under the same id when the question may never have arrived', () => {
    ask();
    loseSocket();
    assert.deepEqual(socket().sent, [{action: 'chat', request_id: 'q', payload: {text: 'hello'}}]);
  });

  it('asks again when the server has forgotten the question', () => {
    ask();
    socket().deliver(accepted, chunk(2, 'a'));
    loseSocket();
    socket().deliver(refusal('not_found'));
    assert.equal(socket().sent.at(-1).action, 'chat');
    socket().deliver(accepted, chunk(2, 'b'), complete(3));
    assert.deepEqual(seqs(), [1, 2, 1, 2, 3]);
  });

  it('lets the answer start over when the server tells it from its record', () => {
    ask();
    socket().deliver(accepted, chunk(2, 'a'), chunk(3, 'b'));
    loseSocket();
    socket().deliver(accepted, chunk(2, 'ab'), complete(3));
    assert.deepEqual(seqs(), [1, 2, 3, 1, 2, 3]);
  });

  it('asks nothing about what has ended', () => {
    ask();
    socket().deliver(accepted, complete(2));
    loseSocket();
    assert.deepEqual(socket().sent, []);
  });

  it('does not take a cancel that came too late for the end of the answer', () => {
    ask();
    socket().deliver(accepted);
    connection.cancel('q');
    assert.deepEqual(socket().sent.at(-1), {action: 'cancel', request_id: 'q'});
    socket().deliver(refusal('not_found'), complete(2));
    assert.deepEqual(seqs(), [1, 2]);
  });

  it('hands on a refusal', () => {
    ask();
    socket().deliver(refusal('conflict'));
    assert.equal(heard[0].error.type, 'conflict');
  });

  it('keeps what is asked while offline for later', () => {
    socket().close();
    ask();
    page.dispatchEvent(new Event('online'));
    socket().accept();
    assert.equal(socket().sent[0].action, 'chat');
  });

  it('does not fall over what is no frame', () => {
    ask();
    socket().dispatchEvent(Object.assign(new Event('message'), {data: 'no JSON'}));
    socket().deliver({request_id: 'nobody', seq: 1, status: 'complete'}, {request_id: null, seq: 0, status: 'notice', notice: {}}, accepted);
    assert.deepEqual(seqs(), [1]);
  });
});
