/** What the page can do with conversations besides talking in them, against the server of $CONVOKE_URL and its demo model. */
import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';

import {Browser} from './browser.mjs';

const LAST_TURN = '[...document.querySelectorAll(".turn")].at(-1)';
const ROW = '#conversations li:has(a[aria-current])';
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

describe('Conversations in the page', {timeout: 200_000}, () => {
  let browser;
  let page;

  before(async () => {
    browser = await Browser.start();
    page = await browser.newPage();
    await page.resize(1280, 860);
    await page.open(process.env.CONVOKE_URL);
    await page.until('document.querySelectorAll("#suggestions button").length > 0');
    // What is downloaded is looked at instead.
    await page.evaluate(`(() => {
      window.saved = [];
      URL.createObjectURL = (blob) => (blob.text().then((text) => saved.push(text)), 'data:,');
      HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };
    })()`);
  });

  after(() => browser?.close());

  async function ask(question) {
    const turns = await page.evaluate('document.querySelectorAll(".turn").length');
    await page.click('#question');
    await page.type(question);
    await page.press('Enter');
    await page.until(`document.querySelectorAll(".turn").length === ${turns + 1} && ${LAST_TURN}.dataset.state === "done"`);
  }

  async function newChat() {
    await page.click('.new-chat');
    await page.until('document.querySelectorAll(".turn").length === 0');
  }

  async function choose(words) {
    await page.until(`document.querySelector('${ROW} button[title=More]') !== null`);
    await page.evaluate(`document.querySelector('${ROW} button[title=More]').click()`);
    await page.until('document.querySelector("#conversation-menu:popover-open") !== null');
    await page.evaluate(`[...document.querySelectorAll('#conversation-menu button')].find((one) => one.textContent === ${JSON.stringify(words)}).click()`);
  }

  const upload = (selector, name, text, type = '') => page.evaluate(`(async () => {
    const files = new DataTransfer();
    const bytes = ${type ? `Uint8Array.from(atob(${JSON.stringify(text)}), (one) => one.charCodeAt(0))` : JSON.stringify(text)};
    files.items.add(new File([bytes], ${JSON.stringify(name)}, {type: ${JSON.stringify(type)}}));
    const input = document.querySelector(${JSON.stringify(selector)});
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
  })()`);

  it('downloads one and takes it back', async () => {
    await newChat();
    await ask('add 2 and 3');
    await page.until(`document.querySelector('${ROW}') !== null`);
    await choose('Download as OpenAI messages');
    await page.until('saved.length === 1');
    const {messages} = JSON.parse(await page.evaluate('saved[0]'));
    assert.equal(messages[0].content, 'add 2 and 3');
    assert.equal(await page.evaluate('savedAs'), 'add-2-and-3.json');

    await choose('Download as JSON Lines');
    await page.until('saved.length === 2');
    const file = await page.evaluate('saved[1]');
    assert.match(file, /^{"convoke":"conversation","version":1/);

    await upload('#import-file', 'conversation.jsonl', file);
    await page.until('/already/.test(document.getElementById("problem").textContent)');

    const renamed = file.replace(/"id":"[^"]*"/, '"id":"brought"').replace(/"title":"[^"]*"/, '"title":"Brought here"');
    await upload('#import-file', 'conversation.jsonl', renamed);
    await page.until('location.hash === "#/c/brought" && document.querySelectorAll(".turn").length === 1');
    await page.until('document.getElementById("title").textContent === "Brought here"');
    assert.match(await page.evaluate(`${LAST_TURN}.querySelector(".markdown").textContent`), /5/);

    await upload('#import-file', 'broken.jsonl', file.replace('"seq":2', '"seq":"two"').replace(/"id":"[^"]*"/, '"id":"other"'));
    await page.until('/line 3: seq: is "two"/.test(document.getElementById("problem").textContent)');
  });

  it('forks one and goes on in the fork', async () => {
    await newChat();
    await ask('add 4 and 5');
    const origin = await page.evaluate('location.hash');
    await choose('Fork');
    await page.until(`location.hash !== "${origin}" && document.querySelectorAll(".turn").length === 1`);
    await ask('add 6 and 7');
    await page.evaluate(`location.hash = ${JSON.stringify(origin)}`);
    await page.until(`document.querySelectorAll(".turn").length === 1 && ${LAST_TURN}.innerText.includes("add 4 and 5")`);
  });

  it('puts one away and takes it out again', async () => {
    await newChat();
    await ask('add 8 and 9');
    const id = decodeURIComponent((await page.evaluate('location.hash')).slice(4));
    const isListed = `document.querySelector('#conversations li[data-id="${id}"]') !== null`;
    await page.until(isListed);
    await choose('Archive');
    await page.until(`!(${isListed})`);
    await page.click('#archive');
    await page.until(isListed);
    await choose('Take out of the archive');
    await page.until(`!(${isListed})`);
    await page.click('#archive');
    await page.until(isListed);
  });

  it('lets a conversation keep less than others, and says what goes', async () => {
    await newChat();
    await ask('add 1 and 1');
    await ask('add 2 and 2');
    await choose('How much stays …');
    await page.until('document.querySelector("#retention-dialog[open] .effect")?.textContent === "Nothing would go now."');
    await page.evaluate(`(() => {
      const [policy, limit] = document.querySelectorAll('#retention-dialog :is(select, input)');
      policy.value = 'message_count';
      policy.dispatchEvent(new Event('change'));
      limit.value = '2';
      limit.dispatchEvent(new Event('input'));
    })()`);
    await page.until('/\\d events would be deleted/.test(document.querySelector("#retention-dialog .effect").textContent)');
    await page.click('#retention-dialog button[value=save]');
    await page.until('!document.querySelector("#retention-dialog").open');
    await choose('How much stays …');
    await page.until('document.querySelector("#retention-dialog[open] input")?.value === "2"');
    await page.click('#retention-dialog button[value=""]');
  });

  it('sends a picture with a question and shows it', async () => {
    await newChat();
    await upload('#materials input[type=file]', 'red.png', PIXEL, 'image/png');
    await page.until('document.querySelectorAll(".chip.picture canvas").length === 1');
    await ask('What is it?');
    assert.equal(await page.evaluate('document.querySelectorAll(".chip.picture").length'), 0);
    await page.until(`${LAST_TURN}.querySelectorAll(".question-pictures canvas").length === 1`);
    await page.reload();
    await page.until(`${LAST_TURN}?.querySelectorAll(".question-pictures canvas").length === 1`);
    assert.deepEqual(page.problems, []);
  });

  it('takes pictures that are pasted and dropped, and nothing else', async () => {
    await newChat();
    await page.click('#question');
    await browser.allow(['clipboardReadWrite', 'clipboardSanitizedWrite'], process.env.CONVOKE_URL);
    await page.pastePicture(PIXEL);
    await page.until('document.querySelectorAll(".chip.picture canvas").length === 1');

    const folder = await mkdtemp(join(tmpdir(), 'convoke-pictures-'));
    try {
      await writeFile(join(folder, 'dropped.png'), Buffer.from(PIXEL, 'base64'));
      await writeFile(join(folder, 'notes.txt'), 'no picture');
      await page.drop('#transcript', [join(folder, 'dropped.png')]);
      await page.until('document.querySelectorAll(".chip.picture canvas").length === 2');
      await page.drop('#composer', [join(folder, 'notes.txt')]);
      await page.until('document.getElementById("problem").textContent === "notes.txt is no picture that can be read."');
    } finally {
      await rm(folder, {recursive: true});
    }

    await page.click('.chip.picture button');
    await page.until('document.querySelectorAll(".chip.picture").length === 1');
    await ask('Which?');
    await page.until(`${LAST_TURN}.querySelectorAll(".question-pictures canvas").length === 1`);
  });

  it('stays quick in a conversation of 10,000 messages', async () => {
    const lines = [{convoke: 'conversation', version: 1, id: 'long', title: 'A long one', created: '2026-01-01T00:00:00.000Z'}];
    const event = (seq, turn, type, more = {}) => ({seq, parent: seq - 1, timestamp: '2026-01-01T00:00:00.000Z', type, request_id: `r${turn}`, ...more});
    const words = (role, text) => ({role, parts: [{type: 'text', text}]});
    for (let turn = 0; turn < 5000; turn++) {
      const seq = turn * 3 + 1;
      lines.push(event(seq, turn, 'user_message', words('user', `question ${turn}`)),
        event(seq + 1, turn, 'assistant_message', words('assistant', `answer ${turn} **bold** \`code\``)), event(seq + 2, turn, 'turn_completed'));
    }
    lines.push({convoke: 'end', active: 15_000, events: 15_000});
    await upload('#import-file', 'long.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    await page.until('location.hash === "#/c/long" && document.querySelectorAll(".turn").length > 10');

    // What is shown is a page of it, however long it is; more comes when it is asked for.
    const shown = await page.evaluate('document.querySelectorAll(".turn").length');
    assert.ok(shown < 200, `${shown} turns are drawn`);
    assert.match(await page.evaluate(`${LAST_TURN}.innerText`), /answer 4999/);
    await page.click('#earlier');
    await page.until(`document.querySelectorAll(".turn").length > ${shown}`);
    const numbers = await page.evaluate('[...document.querySelectorAll(".turn .question")].map((one) => Number(one.textContent.split(" ")[1]))');
    assert.deepEqual(numbers, numbers.map((_, i) => 5000 - numbers.length + i));
    await ask('add 2 and 3');
    assert.match(await page.evaluate(`${LAST_TURN}.querySelector(".markdown").textContent`), /5/);
  });
});
