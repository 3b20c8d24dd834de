// Uses an MCP server with the official TypeScript SDK and prints what it saw as JSON. Arguments: a URL, or a command.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";

const [target, ...rest] = process.argv.slice(2);
const transport = target.startsWith("http")
  ? new StreamableHTTPClientTransport(new URL(target))
  : new StdioClientTransport({ command: target, args: rest, env: process.env });
const client = new Client({ name: "typescript-client", version: "1" }, { capabilities: { elicitation: { form: {} } } });
client.setRequestHandler(ElicitRequestSchema, async () => ({ action: "accept", content: { name: "Ada" } }));
const changed = new Promise((done) => client.setNotificationHandler(ToolListChangedNotificationSchema, () => done()));
await client.connect(transport);

const names = (list, key) => list.map((item) => item[key]);
const call = async (name, args = {}, options = {}) =>
  (await client.callTool({ name, arguments: args }, undefined, options)).content[0].text;
const progress = [];
const seen = {
  tools: names((await client.listTools()).tools, "name"),
  prompts: names((await client.listPrompts()).prompts, "name"),
  resources: names((await client.listResources()).resources, "uri"),
  templates: names((await client.listResourceTemplates()).resourceTemplates, "uriTemplate"),
  who: await call("two__who"),
  counted: await call("two__count", { to: 3 }, { onprogress: (update) => progress.push(update.progress) }),
  asked: await call("one__ask"),
  prompt: (await client.getPrompt({ name: "one__greet", arguments: { person: "Bob" } })).messages[0].content.text,
  motto: (await client.readResource({ uri: "convoke://two/shared://motto" })).contents[0].text,
  item: (await client.readResource({ uri: "one://items/x" })).contents[0].text,
  completion: (
    await client.complete({ ref: { type: "ref/prompt", name: "one__greet" }, argument: { name: "person", value: "A" } })
  ).completion.values,
};
seen.progress = progress;
const abort = new AbortController();
setTimeout(() => abort.abort("no longer wanted"), 200);
await call("two__hang", {}, { signal: abort.signal }).catch(() => {});
seen.cancelled = await call("two__cancelled");
await call("two__die").catch(() => {});
await changed;
await client.close();
console.log(JSON.stringify(seen));
process.exit(0);
