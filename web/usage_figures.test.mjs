import assert from 'node:assert/strict';
import {describe, it} from 'node:test';

import {MEASURES, budgetBars, costWords, limitBars, money, periods, seriesByKind, seriesByModel, shortCount, ticks} from './usage_figures.js';

const row = (more) => ({calls: 1, unpriced_calls: 0, input_tokens: 0, output_tokens: 0, cached_tokens: 0, reasoning_tokens: 0, cost: '0', ...more});

describe('Periods', () => {
  it('are all days, also those without a row', () => {
    assert.deepEqual(periods('day', '2026-02-27', '2026-03-01T23:59:00Z'), ['2026-02-27', '2026-02-28', '2026-03-01']);
  });

  it('are all months, over the turn of a year', () => {
    assert.deepEqual(periods('month', '2025-11-27', '2026-01-02T00:00:00Z'), ['2025-11', '2025-12', '2026-01']);
  });
});

describe('Series', () => {
  it('hold the largest models first and a value for every day', () => {
    const rows = [row({day: 'a', model: 'small', cost: '1'}), row({day: 'b', model: 'large', cost: '5'})];
    assert.deepEqual(seriesByModel(rows, 'day', ['a', 'b', 'c'], MEASURES.money),
      [{name: 'large', values: [0, 5, 0]}, {name: 'small', values: [1, 0, 0]}]);
  });

  it('keep a model in its place whatever is measured', () => {
    const rows = [row({day: 'a', model: 'dear', cost: '5', input_tokens: 1}), row({day: 'a', model: 'cheap', cost: '1', input_tokens: 9})];
    const series = seriesByModel(rows, 'day', ['a'], MEASURES.tokens, MEASURES.money);
    assert.deepEqual(series, [{name: 'dear', values: [1]}, {name: 'cheap', values: [9]}]);
  });

  it('put many models together', () => {
    const rows = Array.from({length: 9}, (_, i) => row({day: 'a', model: `m${i}`, input_tokens: 10 - i}));
    const series = seriesByModel(rows, 'day', ['a'], MEASURES.tokens);
    assert.deepEqual(series.map(({name}) => name), ['m0', 'm1', 'm2', 'm3', 'other models']);
    assert.deepEqual(series.at(-1).values, [6 + 5 + 4 + 3 + 2]);
  });

  it('take what nobody knows for nothing to draw', () => {
    assert.deepEqual(seriesByModel([row({day: 'a', model: 'm', cost: null})], 'day', ['a'], MEASURES.money), [{name: 'm', values: [0]}]);
  });

  it('count no token twice', () => {
    const rows = [row({day: 'a', input_tokens: 100, cached_tokens: 60, output_tokens: 20, reasoning_tokens: 5})];
    assert.deepEqual(seriesByKind(rows, 'day', ['a']), [
      {name: 'input', values: [40]}, {name: 'cached input', values: [60]}, {name: 'output', values: [15]}, {name: 'reasoning', values: [5]}]);
  });
});

describe('Ticks', () => {
  it('are round and reach beyond the largest value', () => {
    assert.deepEqual(ticks(7), [0, 2, 4, 6, 8]);
    assert.deepEqual(ticks(1), [0, 0.25, 0.5, 0.75, 1]);
    assert.deepEqual(ticks(0.0003), [0, 0.0001, 0.0002, 0.0003]);
    assert.deepEqual(ticks(123456), [0, 50000, 100000, 150000]);
    assert.deepEqual(ticks(0), [0, 1]);
  });
});

describe('Words', () => {
  it('show small amounts with two figures', () => {
    assert.deepEqual([0, 12.3, 0.5, 0.0421, 0.00000123, 1234567].map(money), ['$0', '$12.30', '$0.50', '$0.042', '$0.0000012', '$1,234,567']);
  });

  it('tell unknown from nothing', () => {
    assert.equal(costWords({cost: null, calls: 2, unpriced_calls: 2}), 'unknown');
    assert.equal(costWords({cost: '0', calls: 2, unpriced_calls: 0}), '$0');
    assert.equal(costWords({cost: '1.5', calls: 4, unpriced_calls: 1}), '$1.50 + 1 unpriced');
  });

  it('shorten counts', () => {
    assert.deepEqual([0, 950, 1000, 12345, 999999, 4100000].map(shortCount), ['0', '950', '1K', '12.3K', '1M', '4.1M']);
  });

  it('show how full limits and budgets are', () => {
    assert.deepEqual(limitBars({limits: {tokens_per_minute: {used: 500, limit: 2000}}}),
      [{name: 'tokens per minute', share: 0.25, words: '500 of 2K'}]);
    assert.deepEqual(limitBars({}), []);
    assert.deepEqual(budgetBars({scope: 'all', name: '', day: {spent: '3', limit: '2'}}), [{name: 'All calls, this day', share: 1, words: '$3.00 of $2.00'}]);
    assert.deepEqual(budgetBars({scope: 'key', name: 'K', month: {spent: '1', limit: '4'}}), [{name: 'key K, this month', share: 0.25, words: '$1.00 of $4.00'}]);
  });
});
