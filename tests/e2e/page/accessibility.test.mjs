/** The page for people who listen to it or use it by keyboard: axe-core finds nothing to complain of in any part of it. */
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {after, before, describe, it} from 'node:test';

import {Browser} from './browser.mjs';

const AXE = new URL('../../node_modules/axe-core/axe.min.js', import.meta.url);
const LAST_TURN = '[...document.querySelectorAll(".turn")].at(-1)';
const MARKDOWN = '# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [ ] to do\n\n```js\nlet a = 1;\n```\n\n[link](https://example.com)';

describe('The page is accessible', {timeout: 200_000, skip: !existsSync(AXE) && 'tests/prepare.sh brings axe-core'}, () => {
  let browser;
  let page;

  before(async () => {
    browser = await Browser.start();
    page = await browser.newPage();
    await page.resize(1280, 860);
    await page.open(process.env.CONVOKE_URL);
    await page.until('document.querySelectorAll("#suggestions button").length > 0');
    await page.evaluate(`${await readFile(AXE, 'utf8')};0`);
  });

  after(() => browser?.close());

  async function ask(question) {
    const turns = await page.evaluate('document.querySelectorAll(".turn").length');
    await page.click('#question');
    await page.type(question);
    await page.press('Enter');
    await page.until(`document.querySelectorAll(".turn").length === ${turns + 1} && ${LAST_TURN}.dataset.state === "done"`);
  }

  async function assertAccessible(where) {
    await page.evaluate('Promise.all(document.getAnimations().map((one) => one.effect.getTiming().iterations === Infinity || one.finished))');
    const found = await page.evaluate(`axe.run(document, {resultTypes: ['violations']}).then(({violations}) =>
      violations.map(({id, help, nodes}) => [id, help, nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]))`);
    assert.deepEqual(found, [], where);
  }

  it('before the first question', () => assertAccessible('welcome'));

  it('with questions, answers, tools and what models write', async () => {
    await ask('add 2 and 3');
    await page.click('.tool summary');
    await assertAccessible('a tool');
    await ask(MARKDOWN);
    await ask('What did I ask before?');
    await assertAccessible('an answer');
    await page.click('.question-actions button');
    await assertAccessible('a question that is edited');
    await page.press('Escape');
  });

  it('in its panels, menus and dialogs', async () => {
    await page.click('#status');
    await page.until('document.getElementById("status-panel").matches(":popover-open")');
    await assertAccessible('the status');
    await page.press('Escape');
    await page.until('document.querySelector("#conversations li button[title=More]") !== null');
    await page.evaluate('document.querySelector("#conversations li button[title=More]").click()');
    await page.until('document.querySelector("#conversation-menu:popover-open") !== null');
    await assertAccessible('the menu');
    await page.evaluate('[...document.querySelectorAll("#conversation-menu button")].find((one) => one.textContent.startsWith("How much")).click()');
    await page.until('document.querySelector("#retention-dialog[open] .effect")?.textContent');
    await assertAccessible('the dialog about what stays');
    await page.click('#retention-dialog button[value=""]');
    await page.click('#search');
    await page.type('add');
    await page.until('document.querySelectorAll("#hits .hit").length > 0');
    await assertAccessible('the search');
    await page.press('Escape');
  });

  it('in the view of usage, in the dark, and on a phone', async () => {
    await page.click('#usage-link');
    await page.until('document.querySelectorAll("svg.bars .column").length > 0');
    await assertAccessible('usage');
    await page.prefer({'prefers-color-scheme': 'dark'});
    await assertAccessible('usage in the dark');
    await page.click('.new-chat');
    await page.until('!document.getElementById("foot").hidden');
    await page.click('#question');
    await page.type('/');
    await page.until('document.getElementById("materials-menu").getClientRects().length > 0');
    await assertAccessible('the menu of prompts');
    await page.press('Escape');
    await page.resize(360, 740, {mobile: true, scale: 2});
    await assertAccessible('a phone');
    assert.deepEqual(page.problems, []);
  });
});
