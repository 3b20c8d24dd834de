// The peer of the MCP benchmark: the official TypeScript client calls the same tool of the same server.
//
//     node mcp_client.mjs stdio CALLS SERVER... | http CALLS URL     prints {"call_us": median, "per_second": many at once}
import { createRequire } from 'node:module';

const require = createRequire(process.env.BENCH_NODE_MODULES + '/');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');

const [kind, calls, target, ...args] = process.argv.slice(2).map((arg, i) => (i === 1 ? Number(arg) : arg));
const warmUp = 500;
const atOnce = 32;

const client = new Client({ name: 'bench', version: '1' });
const transport =
  kind === 'http' ? new StreamableHTTPClientTransport(new URL(target)) : new StdioClientTransport({ command: target, args });
await client.connect(transport);
const call = (b) => client.callTool({ name: 'sum', arguments: { a: 2, b } });

const times = [];
for (let i = 0; i < warmUp + calls; i++) {
  const began = performance.now();
  await call(i);
  if (i >= warmUp) times.push((performance.now() - began) * 1000);
}

let left = calls;
const caller = async () => {
  while (left-- > 0) await call(left);
};
const began = performance.now();
await Promise.all(Array.from({ length: atOnce }, caller));
const perSecond = calls / ((performance.now() - began) / 1000);

await client.close();
times.sort((a, b) => a - b);
console.log(JSON.stringify({ call_us: times[times.length >> 1], per_second: perSecond }));
