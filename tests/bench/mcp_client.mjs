// The peer of the MCP benchmark: the official TypeScript client calls the same tool of the same server.
//
//     node mcp_client.mjs SERVER CALLS     prints {"call_us": median}
import { createRequire } from 'node:module';

const require = createRequire(process.env.BENCH_NODE_MODULES + '/');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

const [command, calls] = [process.argv[2], Number(process.argv[3])];
const warm_up = 500;

const client = new Client({ name: 'bench', version: '1' });
await client.connect(new StdioClientTransport({ command }));
const times = [];
for (let i = 0; i < warm_up + calls; i++) {
  const began = performance.now();
  await client.callTool({ name: 'sum', arguments: { a: 2, b: i } });
  if (i >= warm_up) times.push((performance.now() - began) * 1000);
}
await client.close();
times.sort((a, b) => a - b);
console.log(JSON.stringify({ call_us: times[times.length >> 1] }));
