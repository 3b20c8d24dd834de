/** What the fake server's model says: a list of steps per question, chosen by its words. */

const SHOWCASE = `## How a turn goes

A *turn* is one question and all it takes to answer it. **Every message is stored before the next step begins**, so nothing that was shown is ever lost. See [the protocol](https://example.com/protocol) or \`docs/websocket-api.md\`.

1. The question is parsed and stored.
2. The context is chosen:
   - the system prompt,
   - the newest messages that fit,
   - the tools, in a fixed order.
3. The model answers, or asks for tools.

\`\`\`cpp
/// Runs one question to its final answer.
Task<Result<Message>> Turn::run(Message question) {
  CO_CHECK(co_await remember(std::move(question)));
  for (int round = 0; round < 8; ++round) {
    const Prompt prompt = build_prompt(history_, "system");  // pure
    CO_TRY(const Reply reply, co_await provider_.reply(prompt));
    if (reply.tool_calls.empty()) co_return reply.message;
  }
}
\`\`\`

| Step | Where | Time |
|---|---|--:|
| parse | \`domain\` | 4 µs |
| store | \`store\` | 90 µs |
| first words | provider | 310 ms |

> A disconnect does not cancel a turn; \`cancel\` does.

- [x] stored
- [ ] billed twice`;

const pause = (ms) => ({pause: ms});
const say = (text, type = 'text') => (text.match(/\s*\S+\s*/g) ?? []).flatMap((word) => [pause(6), {[type]: word}]);

function calling(tool, args, result, {server = 'demo', error = false, wait = 60} = {}) {
  return [{call: {tool, server, arguments: args}}, pause(wait), {result, error, ms: wait}];
}

/** The steps that answer `question`; `earlier` are the questions before it and `attempt` counts how often it was asked. */
export function answerTo(question, earlier, attempt) {
  const sum = /add (-?\d+) and (-?\d+)/i.exec(question);
  if (sum) {
    const [a, b] = [Number(sum[1]), Number(sum[2])];
    return [pause(150), ...calling('sum', {a, b}, String(a + b)), ...say(`**${a} + ${b}** is ${a + b}. (I asked the tool \`sum\`.)`)];
  }
  if (/divide/i.test(question)) {
    return [...calling('divide', {a: 8, b: 0}, 'division by zero', {error: true}), ...say('The tool could not do it: division by zero.')];
  }
  if (/ask before/i.test(question)) {
    return say(earlier.length > 0 ? `Before this you asked me ${earlier.map((one) => `"${one}"`).join(', then ')}.` : 'Nothing.');
  }
  if (/fail/i.test(question)) {
    return attempt > 1 ? say('This time it worked.') : [pause(100), {fail: {
      code: 429, type: 'rate_limited', message: 'openai: rate limit reached for gpt-5 in requests per minute', retryable: true, retry_after_ms: 1200}}];
  }
  if (/turn go/i.test(question)) {
    const report = JSON.stringify({files: ['turn.cpp', 'turn.hpp', 'context.cpp'], matches: 12, truncated: false});
    return [...say('The user asks about turns. I should look at the sources first, then explain the steps in order.', 'reasoning'),
      ...calling('search_files', {pattern: 'Turn::run', path: 'src/chat', case_sensitive: true}, report, {server: 'files', wait: 120}),
      ...calling('read_file', {path: 'src/chat/turn.cpp'}, 'Task<Result<Message>> Turn::run(Message question) {\n  …', {server: 'files', wait: 40}),
      ...say(SHOWCASE)];
  }
  return say(`Hello! You said: ${question}`);
}
