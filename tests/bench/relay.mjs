// The peer of the chat benchmarks: the least a chat backend in Node can be. It relays a provider's stream over the same
// WebSocket frames as Convoke, one frame a chunk, and leaves out everything else: nothing is stored, there is no history,
// no tools, no resume.
//
//     node relay.mjs PROVIDER_URL          prints {"port": N}
//     node relay.mjs PROVIDER_URL sdk      the same with the official `openai` client, as most people would write it
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(process.env.BENCH_NODE_MODULES + '/');
const { WebSocketServer } = require('ws');

const provider = new URL(process.argv[2] + '/chat/completions');
const client = process.argv[3] === 'sdk' && new (require('openai').default)({ baseURL: process.argv[2], apiKey: 'none' });
const agent = new http.Agent({ keepAlive: true, maxSockets: 10_000 });

function answer(socket, running, { request_id, payload }) {
  let seq = 0;
  const send = (members) => socket.send(JSON.stringify({ request_id, seq: ++seq, ...members }));
  const complete = () => {
    if (running.delete(request_id)) send({ status: 'complete', metadata: {} });
  };
  const body = JSON.stringify({
    model: payload.model,
    messages: [{ role: 'user', content: payload.text }],
    stream: true,
  });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const request = http.request(provider, { method: 'POST', agent, headers }, (response) => {
    response.setEncoding('utf8');
    let rest = '';
    response.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
        const words = JSON.parse(line.slice(6)).choices?.[0]?.delta?.content;
        if (words) send({ status: 'chunk', chunk: { type: 'text', data: words } });
      }
    });
    response.on('close', complete);
  });
  request.on('error', complete);
  running.set(request_id, request);
  send({ status: 'processing' });
  request.end(body);
}

function answerWithSdk(socket, running, { request_id, payload }) {
  let seq = 0;
  const send = (members) => socket.send(JSON.stringify({ request_id, seq: ++seq, ...members }));
  const controller = new AbortController();
  running.set(request_id, { destroy: () => controller.abort() });
  send({ status: 'processing' });
  const relay = async () => {
    const messages = [{ role: 'user', content: payload.text }];
    const body = { model: payload.model, messages, stream: true };
    const stream = await client.chat.completions.create(body, { signal: controller.signal });
    for await (const chunk of stream) {
      const words = chunk.choices[0]?.delta?.content;
      if (words) send({ status: 'chunk', chunk: { type: 'text', data: words } });
    }
  };
  relay()
    .catch(() => {}) // it was cancelled
    .then(() => running.delete(request_id) && send({ status: 'complete', metadata: {} }));
}

const answerChat = client ? answerWithSdk : answer;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws/chat', perMessageDeflate: false }, () =>
  console.log(JSON.stringify({ port: server.address().port })),
);
server.on('connection', (socket) => {
  const running = new Map();
  socket.on('close', () => running.forEach((request) => request.destroy()));
  socket.on('message', (message) => {
    const frame = JSON.parse(message);
    if (frame.action === 'chat') answerChat(socket, running, frame);
    if (frame.action === 'cancel') running.get(frame.request_id)?.destroy();
    if (frame.action === 'ping') {
      socket.send(JSON.stringify({ request_id: frame.request_id, seq: 1, status: 'complete', data: { pong: true } }));
    }
  });
});
