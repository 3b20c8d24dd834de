import assert from 'node:assert/strict';
import {describe, it} from 'node:test';

import {turnsOf} from './recorded_turns.js';

const event = (request_id, type, more = {}) => ({request_id, type, timestamp: '2026-01-01T00:00:00.000Z', ...more});
const question = (id, content) => event(id, 'user_message', {content, parts: [{type: 'text', text: content}]});
const words = (id, text) => event(id, 'assistant_message', {parts: [{type: 'text', text}]});

describe('Recorded events', () => {
  it('become turns, though turns may overlap', () => {
    const turns = turnsOf([question('a', 'one'), question('b', 'two'), words('a', '1'), event('a', 'turn_completed'), words('b', '2')]);
    assert.deepEqual(turns.map(({requestId, question: asked, isClosed}) => [requestId, asked, isClosed]), [['a', 'one', true], ['b', 'two', false]]);
    assert.deepEqual(turns[1].frames, [{status: 'chunk', chunk: {type: 'text', data: '2'}}]);
  });

  it('tell a tool call once, with its server', () => {
    const call = {type: 'tool_call', id: 'k', name: 'sum', arguments: '{"a":2}'};
    const [turn] = turnsOf([question('a', 'one'), event('a', 'assistant_message', {parts: [call]}),
      event('a', 'tool_call', {parts: [call], details: {server: 'demo'}}),
      event('a', 'tool_result', {parts: [{type: 'tool_result', call_id: 'k', name: 'sum', text: '5'}], details: {server: 'demo', duration_ms: 3}})]);
    assert.deepEqual(turn.frames.map((frame) => [frame.chunk.type, frame.chunk.data]), [['tool_execution', 'calling sum'], ['tool_result', '5']]);
    assert.deepEqual(turn.frames[0].chunk.metadata, {tool_call_id: 'k', tool: 'sum', server: 'demo', arguments: {a: 2}});
    assert.deepEqual(turn.frames[1].chunk.metadata, {tool_call_id: 'k', tool: 'sum', server: 'demo', is_error: false, duration_ms: 3});
  });

  it('count only the last attempt at a question', () => {
    const failed = event('a', 'turn_failed', {details: {error: {type: 'rate_limited', message: 'later'}}});
    const [turn, ...others] = turnsOf([question('a', 'one'), failed, question('a', 'one'), words('a', '1')]);
    assert.deepEqual(others, []);
    assert.equal(turn.frames.length, 1);
  });

  it('end as they were shown to end', () => {
    const end = (type, more) => turnsOf([question('a', 'one'), event('a', type, more)])[0].frames.at(-1);
    assert.equal(end('turn_cancelled').metadata.finish_reason, 'cancelled');
    assert.equal(end('turn_interrupted').metadata.finish_reason, 'interrupted');
    assert.equal(end('turn_failed', {details: {error: {message: 'later'}}}).error.message, 'later');
    const {metadata} = end('turn_completed', {model: 'm', usage: {total_tokens: 7}, details: {finish_reason: 'length', duration_ms: 5}});
    assert.deepEqual([metadata.model, metadata.tokens, metadata.finish_reason, metadata.duration_ms], ['m', 7, 'length', 5]);
  });

  it('may begin in the middle of a turn', () => {
    const [turn] = turnsOf([words('a', '1'), event('a', 'turn_completed')]);
    assert.equal(turn.question, null);
    assert.equal(turn.isClosed, true);
  });

  it('give an answer asked for once more the question of another turn', () => {
    const turns = turnsOf([
      {seq: 1, parent: 0, request_id: 'a', type: 'user_message', content: 'why?'},
      {seq: 4, parent: 1, request_id: 'b', type: 'regeneration', siblings: [2, 4]},
      {seq: 5, parent: 4, request_id: 'b', type: 'assistant_message', parts: [{type: 'text', text: 'so'}]},
      {seq: 6, parent: 5, request_id: 'b', type: 'turn_completed', timestamp: ''},
    ]);

    assert.equal(turns.length, 1);
    assert.equal(turns[0].question, 'why?');
    assert.deepEqual(turns[0].place, {question: 1, questions: undefined, answer: 4, answers: [2, 4]});
    assert.equal(turns[0].isClosed, true);
  });
});
