import assert from 'node:assert/strict';
import {describe, it} from 'node:test';

import {importFile, nameOfFile, wordsAbout} from './conversation_files.js';

describe('Files of conversations', () => {
  it('have names that every system takes', () => {
    assert.equal(nameOfFile('How far is the Moon?', 'jsonl'), 'How-far-is-the-Moon.jsonl');
    assert.equal(nameOfFile('../../etc/passwd', 'openai'), 'etc-passwd.json');
    assert.equal(nameOfFile('東京 / 大阪', 'jsonl'), '東京-大阪.jsonl');
    assert.equal(nameOfFile('???', 'jsonl'), 'conversation.jsonl');
  });

  it('are sent in pieces that do not cut a character', async () => {
    const text = '日本語'.repeat(50_000);
    const sent = [];
    const connection = {ask: async (action, payload) => {
      sent.push(payload);
      return {import_id: 'f_1', conversations: payload.last ? [{conversation_id: 'c'}] : []};
    }};
    const done = await importFile(connection, new Blob([text]));
    assert.ok(sent.length > 3);
    assert.equal(sent.map((one) => one.text).join(''), text);
    assert.deepEqual(sent.map((one) => one.import_id), [undefined, ...Array(sent.length - 1).fill('f_1')]);
    assert.deepEqual(sent.map((one) => one.last), [...Array(sent.length - 1).fill(false), true]);
    assert.deepEqual(done, [{conversation_id: 'c'}]);
  });

  it('of other bytes are refused', async () => {
    const connection = {ask: async () => ({conversations: []})};
    await assert.rejects(importFile(connection, new Blob([new Uint8Array([0xff, 0xfe, 0x00])])));
  });

  it('are told of in words', () => {
    assert.equal(wordsAbout([{}]), '1 conversation imported.');
    assert.equal(wordsAbout([{}, {exists: true}]), '1 conversation imported. 1 was there already and stayed as they are.');
  });
});
