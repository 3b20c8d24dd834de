// The official `openai` client for Node. Asks each address that is given once, all at the same time, and prints for each
// what came: the words, or the name of the error.
import { createRequire } from 'node:module';

const require = createRequire(process.env.NODE_MODULES + '/');
const OpenAI = require('openai').default;
const [timeout, ...addresses] = process.argv.slice(2);

async function ask(address) {
  const client = new OpenAI({ baseURL: address, apiKey: 'none', timeout: 1000 * timeout });
  try {
    const messages = [{ role: 'user', content: 'hello' }];
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true });
    let words = '';
    for await (const chunk of stream) words += chunk.choices[0].delta.content;
    return words;
  } catch (problem) {
    return problem.constructor.name;
  }
}

console.log(JSON.stringify(await Promise.all(addresses.map(ask))));
