/** What the usage view shows, worked out from the server's rows. Pure; money is dollars as numbers, for drawing only. */

const DAY_MS = 86_400_000;
const MOST_SERIES = 5;

/** The time ranges that can be chosen: what is asked of the server, and by what it is counted. */
export const RANGES = [
  {name: '7 days', since: '7d', by: 'day'},
  {name: '30 days', since: '30d', by: 'day'},
  {name: '12 months', since: '365d', by: 'month'},
];

/** Every day ('2026-11-26') or month ('2026-11') from `since` to `now`, both included, in UTC. */
export function periods(by, since, now) {
  const last = new Date(now).toISOString().slice(0, 10);
  const found = [];
  if (by === 'day') {
    for (let time = Date.parse(since); time <= Date.parse(last); time += DAY_MS) found.push(new Date(time).toISOString().slice(0, 10));
    return found;
  }
  const [year, month] = since.split('-').map(Number);
  for (let i = 0; ; i += 1) {
    const period = new Date(Date.UTC(year, month - 1 + i, 1)).toISOString().slice(0, 7);
    if (period > last.slice(0, 7)) return found;
    found.push(period);
  }
}

/** What is measured: `of(row)` is its amount. */
export const MEASURES = {
  money: {name: 'Cost', of: (row) => Number(row.cost ?? 0), format: money},
  tokens: {name: 'Tokens', of: (row) => row.input_tokens + row.output_tokens, format: shortCount},
};

/**
 * The rows of `{by: [period, 'model']}` as stacked series, one value per period: the models with the largest sums of
 * `rankedBy`, so that a model keeps its place and colour whatever is measured; the rest as one. `[{name, values}]`.
 */
export function seriesByModel(rows, by, labels, measure, rankedBy = measure) {
  const sums = new Map();
  for (const row of rows) sums.set(row.model, (sums.get(row.model) ?? 0) + rankedBy.of(row));
  const ranked = [...sums.keys()].sort((a, b) => sums.get(b) - sums.get(a) || (a < b ? -1 : 1));
  const shown = ranked.slice(0, ranked.length > MOST_SERIES ? MOST_SERIES - 1 : MOST_SERIES);
  const names = ranked.length > shown.length ? [...shown, 'other models'] : shown;
  return names.map((name, index) => ({
    name,
    values: labels.map((label) => rows
      .filter((row) => row[by] === label && (index < shown.length ? row.model === name : !shown.includes(row.model)))
      .reduce((sum, row) => sum + measure.of(row), 0)),
  }));
}

/** The kinds of tokens as stacked series; no token is in two of them. */
export function seriesByKind(rows, by, labels) {
  const kinds = [
    ['input', (row) => row.input_tokens - row.cached_tokens],
    ['cached input', (row) => row.cached_tokens],
    ['output', (row) => row.output_tokens - row.reasoning_tokens],
    ['reasoning', (row) => row.reasoning_tokens],
  ];
  const all = kinds.map(([name, of]) => ({
    name,
    values: labels.map((label) => rows.filter((row) => row[by] === label).reduce((sum, row) => sum + Math.max(0, of(row)), 0)),
  }));
  return all.filter((series) => series.values.some((value) => value > 0));
}

/** Round numbers from 0 to at least `max`, about `wanted` steps of 1, 2, 2.5 or 5 times a power of ten. */
export function ticks(max, wanted = 4) {
  if (!(max > 0)) return [0, 1];
  const rough = max / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999999);
  const found = [];
  for (let i = 0; ; i += 1) {
    found.push(Number((i * step).toPrecision(12)));
    if (i * step >= max * 0.999999) return found;
  }
}

/** '$12.30', '$0.0042', '$0'. Small amounts keep two figures. */
export function money(dollars) {
  if (dollars === 0) return '$0';
  if (dollars >= 1000) return `$${Math.round(dollars).toLocaleString('en-US')}`;
  if (dollars >= 0.1) return `$${dollars.toFixed(2)}`;
  const places = Math.min(12, 1 - Math.floor(Math.log10(dollars)));
  return `$${dollars.toFixed(places)}`;
}

/** What a sum of calls cost, in words: an amount, 'unknown', or an amount 'and 3 calls unpriced'. */
export function costWords({cost, calls, unpriced_calls: unpriced}) {
  if (cost === null || cost === undefined) return calls > 0 ? 'unknown' : '$0';
  const known = money(Number(cost));
  return unpriced > 0 ? `${known} + ${unpriced} unpriced` : known;
}

/** '950', '12.3K', '4.1M'. */
export function shortCount(number) {
  for (const [size, letter] of [[1e9, 'B'], [1e6, 'M'], [1e3, 'K']]) {
    if (number >= size * 0.9995) return `${Number((number / size).toPrecision(3))}${letter}`;
  }
  return String(Math.round(number * 100) / 100);
}

/** 'Wed, 26 Nov' or 'Nov 2026', the same everywhere in the world. */
export function periodName(label, isShort = false) {
  const isDay = label.length > 7;
  const date = new Date(`${isDay ? label : `${label}-01`}T00:00:00Z`);
  const parts = isDay ? {day: 'numeric', month: 'short', weekday: isShort ? undefined : 'short'}
    : {month: 'short', year: isShort ? undefined : 'numeric'};
  return date.toLocaleDateString(undefined, {...parts, timeZone: 'UTC'});
}

/** Limits of one model as bars: how full each is. From an entry of /health's `models`. */
export function limitBars({limits = {}}) {
  return Object.entries(limits).map(([name, {used, limit}]) => ({
    name: name.replaceAll('_', ' '), share: limit > 0 ? Math.min(1, used / limit) : 0, words: `${shortCount(used)} of ${shortCount(limit)}`,
  }));
}

/** Budgets as bars. From an entry of /health's `budgets`. */
export function budgetBars(budget) {
  const whose = budget.scope === 'all' ? 'All calls' : `${budget.scope} ${budget.name}`;
  return ['day', 'month'].filter((period) => budget[period]).map((period) => {
    const {spent, limit} = budget[period];
    const share = Number(limit) > 0 ? Math.min(1, Number(spent) / Number(limit)) : 1;
    return {name: `${whose}, this ${period}`, share, words: `${money(Number(spent))} of ${money(Number(limit))}`};
  });
}
