/** Made-up figures for the usage view: the same on every run, for the days up to now. */

const MODELS = [
  {provider: 'openai', model: 'gpt-6.1-terra', input: 1, output: 5, calls: 22},
  {provider: 'anthropic', model: 'claude-sonnet-5-5', input: 2, output: 10, calls: 9},
  {provider: 'groq', model: 'openai/gpt-oss-120b', input: 0.15, output: 0.6, calls: 31},
  {provider: 'openai', model: 'gpt-6-luna', input: 0.1, output: 0.5, calls: 14},
  {provider: 'openrouter', model: 'z-ai/glm-5.3', input: 0.84, output: 2.64, calls: 6},
  {provider: 'lab', model: 'llama-4-scout', input: null, output: null, calls: 5},
];
const SUMS = ['calls', 'unfinished_calls', 'unpriced_calls', 'estimated_calls', 'input_tokens', 'output_tokens', 'cached_tokens',
  'cache_write_tokens', 'reasoning_tokens', 'audio_tokens'];

export const HEALTH = {
  status: 'ok',
  models: [
    {provider: 'openai', model: 'gpt-6.1-terra', breaker: 'closed', in_flight: 3, waiting: 2, admitted: 812, refused: 0, rate_limited: 0,
      limits: {requests_per_minute: {used: 41, limit: 60}, tokens_per_minute: {used: 173_000, limit: 200_000}}},
    {provider: 'groq', model: 'openai/gpt-oss-120b', breaker: 'open', breaker_rests_ms: 14_000, in_flight: 0, waiting: 0, admitted: 96, refused: 4,
      rate_limited: 7, limits: {requests_per_day: {used: 995, limit: 1000}}},
  ],
  budgets: [{scope: 'all', name: '', reserved: '0.02', day: {spent: '4.1', limit: '5'}, month: {spent: '31.75', limit: '100'}}],
};

/** The data of the `usage` action. `conversations` are ids to spread the calls over. */
export function usageOf({by = 'day', since = ''}, conversations, now = Date.now()) {
  const keys = by.split(',').filter(Boolean);
  const days = Number(/^(\d+)d$/.exec(since)?.[1] ?? 30);
  const groups = new Map();
  for (let back = days - 1; back >= 0; back -= 1) {
    const day = new Date(now - back * 86_400_000).toISOString().slice(0, 10);
    for (const call of callsOf(day, back, conversations)) {
      const labels = {day, month: day.slice(0, 7), ...call};
      const name = keys.map((key) => labels[key]).join('\n');
      if (!groups.has(name)) groups.set(name, {...Object.fromEntries(keys.map((key) => [key, labels[key]])), ...none()});
      add(groups.get(name), call);
    }
  }
  const rows = [...groups.values()];
  if (!keys.includes('day') && !keys.includes('month')) rows.sort((a, b) => b.cost - a.cost);
  const total = none();
  for (const row of rows) add(total, row);
  const first = new Date(now - (days - 1) * 86_400_000).toISOString().slice(0, 10);
  return {by: keys, since: first, until: '', currency: 'USD', rows: rows.map(told), total: told(total)};
}

function callsOf(day, back, conversations) {
  const weekday = new Date(day).getUTCDay();
  const busy = weekday === 0 || weekday === 6 ? 0.25 : 1;
  return MODELS.map(({provider, model, input, output, calls}, n) => {
    const wave = 0.6 + 0.4 * Math.sin(back * (0.5 + n * 0.17) + n * 1.7);
    const made = Math.round(calls * busy * wave);
    const inputTokens = made * (2600 + 400 * n);
    const outputTokens = made * (420 + 60 * n);
    const cost = input === null ? null : (inputTokens * input + outputTokens * output) / 1e6;
    return {provider, model, conversation: conversations.length > 0 ? conversations[(back + n) % conversations.length] : '', calls: made,
      unfinished_calls: back % 9 === 0 && made > 0 ? 1 : 0, unpriced_calls: cost === null ? made : 0, estimated_calls: cost === null ? made : 0,
      input_tokens: inputTokens, output_tokens: outputTokens, cached_tokens: Math.round(inputTokens * 0.45), cache_write_tokens: 0,
      reasoning_tokens: Math.round(outputTokens * 0.3), audio_tokens: 0, cost};
  }).filter(({calls}) => calls > 0);
}

function none() {
  return {...Object.fromEntries(SUMS.map((name) => [name, 0])), cost: 0};
}

function add(sums, more) {
  for (const name of SUMS) sums[name] += more[name];
  sums.cost += more.cost ?? 0;
}

function told(sums) {
  const isKnown = sums.unpriced_calls < sums.calls || sums.calls === 0;
  return {...sums, cost: isKnown ? String(Number(sums.cost.toFixed(12))) : null, cost_known: sums.unpriced_calls === 0};
}
