/**
 * The conversation with the server over one WebSocket (docs/websocket-api.md). It connects again when the socket is lost,
 * and goes on with every request where it stopped: each numbered frame reaches its listener exactly once.
 */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const ASK_DEADLINE_MS = 30_000;
const SILENCE_MS = 25_000;
const PONG_DEADLINE_MS = 10_000;

/** An error frame as an exception: `type`, `retryable`, `retry_after_ms` and `field` are the frame's. */
export class RequestError extends Error {
  constructor(error) {
    super(error.message);
    Object.assign(this, error);
  }
}

export class Connection {
  /** `address()` is where to connect. `onState` hears 'connecting', 'online' and 'offline'; `onNotice` the server's notices. Call connect() to begin. */
  constructor(address, {onState, onNotice}) {
    this.address = address;
    this.onState = onState;
    this.onNotice = onNotice;
    this.requests = new Map();
    this.attempts = 0;
    this.pingSentAt = 0;
    this.heardAt = 0;
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => this.hurry());
    setInterval(() => this.checkSilence(), 5000);
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    this.onState('connecting');
    const socket = new WebSocket(this.address());
    this.socket = socket;
    socket.addEventListener('open', () => socket === this.socket && this.opened());
    socket.addEventListener('message', ({data}) => socket === this.socket && this.received(data));
    socket.addEventListener('close', () => socket === this.socket && this.lost());
  }

  /** Sends `action` and promises its data; fails with a RequestError. `pieces` gets those of a file that come before it. */
  ask(action, payload = {}, pieces = null) {
    const id = randomId();
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.requests.delete(id);
        reject(new RequestError({type: 'timed_out', message: 'the server does not answer', retryable: true}));
      };
      let timer = setTimeout(giveUp, ASK_DEADLINE_MS);
      const onFrame = (frame) => {
        clearTimeout(timer);
        if (frame.status === 'chunk') {
          pieces?.push(frame.chunk.data);
          timer = setTimeout(giveUp, ASK_DEADLINE_MS);
          return;
        }
        if (frame.status === 'error') reject(new RequestError(frame.error));
        else resolve(frame.data ?? {});
      };
      this.begin(id, {opening: {action, request_id: id, payload}, isTurn: false, onFrame, pieces});
    });
  }

  /**
   * Asks a question under `requestId`. `onFrame` gets the turn's frames in order; one with seq 1 starts the answer over,
   * whatever came before it. A question that failed may be asked again under the same id.
   */
  chat(requestId, payload, onFrame) {
    this.begin(requestId, {opening: {action: 'chat', request_id: requestId, payload}, isTurn: true, onFrame});
  }

  /** Answers a question of a turn; what comes of it, the turn tells. */
  answer(requestId, payload) {
    this.send({action: 'answer', request_id: requestId, payload});
  }

  /** Listens to a turn that runs already, from its first frame on. */
  follow(requestId, onFrame) {
    this.begin(requestId, {opening: null, isTurn: true, onFrame});
  }

  /** Stops a turn; its last frame tells when that has happened. */
  cancel(requestId) {
    const request = this.requests.get(requestId);
    if (request) request.isCancelled = true;
    this.send({action: 'cancel', request_id: requestId});
  }

  get isOnline() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  begin(id, request) {
    const state = {...request, id, lastSeq: 0, isResumed: false, isCancelled: false};
    this.requests.set(id, state);
    if (this.isOnline) this.open(state);
  }

  /** Sends what makes the server (go on to) answer `request`. */
  open(request) {
    if (request.isTurn && (request.lastSeq > 0 || !request.opening)) {
      request.isResumed = true;
      this.send({action: 'resume', request_id: request.id, payload: {after: request.lastSeq}});
      return;
    }
    if (request.pieces) request.pieces.length = 0; // the file begins anew
    this.send(request.opening);
  }

  send(frame) {
    if (this.isOnline) this.socket.send(JSON.stringify(frame));
  }

  opened() {
    this.attempts = 0;
    this.heardAt = Date.now();
    this.onState('online');
    for (const request of [...this.requests.values()]) this.open(request);
  }

  received(text) {
    this.heardAt = Date.now();
    this.pingSentAt = 0;
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.status === 'notice') this.onNotice(frame.notice);
    const request = this.requests.get(frame.request_id);
    if (request?.isTurn) this.receivedOfTurn(request, frame);
    else if (request && frame.status === 'chunk') request.onFrame(frame);
    else if (request && ['complete', 'error'].includes(frame.status)) {
      this.requests.delete(request.id);
      request.onFrame(frame);
    }
  }

  receivedOfTurn(request, frame) {
    const isUnknown = frame.status === 'error' && frame.error.type === 'not_found';
    if (isUnknown && request.isResumed && request.opening) {
      // The server never got the question, or forgot it: asked under the same id it is still asked only once.
      request.isResumed = false;
      request.lastSeq = 0;
      this.open(request);
      return;
    }
    // An answer that was not taken ends nothing.
    if (frame.seq === 0 && frame.metadata?.input_id) return request.onFrame(frame);
    // A cancel that came too late: the turn's own last frame is on its way.
    if (frame.seq === 0 && request.isCancelled) return;
    if (frame.seq > 1 && frame.seq <= request.lastSeq) return;
    request.lastSeq = frame.seq || request.lastSeq;
    if (frame.status === 'complete' || frame.status === 'error') this.requests.delete(request.id);
    request.onFrame(frame);
  }

  lost() {
    this.socket = null;
    this.onState('offline');
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.attempts, LONGEST_WAIT_MS);
    this.attempts++;
    this.timer = setTimeout(() => this.connect(), wait * (0.5 + Math.random() / 2));
  }

  /** Gives up the socket for a new one at once. */
  reconnect() {
    const old = this.socket;
    this.connect();
    old?.close();
  }

  /** Does not wait out the pause when there is new hope: the network is back, or somebody looks. */
  hurry() {
    if (this.timer && document.visibilityState === 'visible') this.connect();
  }

  /** A network can vanish without a word; then only a question without an answer tells. */
  checkSilence() {
    if (!this.isOnline) return;
    const now = Date.now();
    if (this.pingSentAt && now - this.pingSentAt > PONG_DEADLINE_MS) {
      this.pingSentAt = 0;
      this.reconnect();
    } else if (!this.pingSentAt && now - this.heardAt > SILENCE_MS) {
      this.pingSentAt = now;
      this.send({action: 'ping', request_id: randomId()});
    }
  }
}

/** 32 characters nobody else has. Not randomUUID(): browsers keep that from pages that came over plain HTTP. */
export function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
