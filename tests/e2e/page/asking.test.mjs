/**
 * The page when servers ask and offer: approvals, forms, prompts, attachments. Against the server of $CONVOKE_URL, which has
 * the scripted model and the servers of asking_test.py. With $CONVOKE_SCREENSHOTS, a folder, it leaves pictures there.
 */
import assert from 'node:assert/strict';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';

import {Browser} from './browser.mjs';
import {faintTexts} from './contrast.mjs';

const pictures = process.env.CONVOKE_SCREENSHOTS;
const LAST_TURN = '[...document.querySelectorAll(".turn")].at(-1)';
const OPEN_CARD = '.input-card[data-state="open"]';
const calling = (name, args = {}) => `!fake ${JSON.stringify({tool_calls: [{name, arguments: args}]})}`;

describe('The web page, asked by servers', {timeout: 400_000}, () => {
  let browser;
  let page;

  before(async () => {
    browser = await Browser.start();
    page = await browser.newPage();
    await page.resize(1280, 900);
    await page.open(process.env.CONVOKE_URL);
    await page.until('document.querySelectorAll("#suggestions button").length > 0');
  });

  after(() => browser?.close());

  async function ask(question) {
    await page.click('#question');
    await page.type(question);
    await page.press('Enter');
  }

  async function picture(name) {
    if (!pictures) return;
    await mkdir(pictures, {recursive: true});
    await page.evaluate('Promise.all(document.getAnimations().map((one) => one.effect.getTiming().iterations === Infinity || one.finished))');
    await page.screenshot(join(pictures, `${name}.png`));
  }

  const answered = () => page.until(`${LAST_TURN}?.dataset.state === "done"`);
  const answer = () => page.evaluate(`${LAST_TURN}.querySelector(".markdown").textContent`);
  const clickIn = (selector, words) => page.evaluate(`[...document.querySelectorAll(${JSON.stringify(`${OPEN_CARD} ${selector}`)})]
    .find((one) => one.textContent.includes(${JSON.stringify(words)})).click()`);
  const fill = (selector, value) => page.evaluate(`(() => {
    const field = document.querySelector(${JSON.stringify(selector)});
    field.value = ${JSON.stringify(value)};
    field.dispatchEvent(new Event('input', {bubbles: true}));
  })()`);

  it('shows a call that needs consent, and makes it when allowed', async () => {
    await ask(calling('greet', {name: 'Ada'}));
    await page.until(`document.querySelector('${OPEN_CARD}')`);
    const card = await page.evaluate(`document.querySelector('${OPEN_CARD}').innerText`);
    assert.match(card, /Allow greet\?/);
    assert.match(card, /"name": "Ada"/);
    assert.match(card, /Greets somebody/);
    assert.deepEqual(await page.evaluate(`(${faintTexts})()`).catch(() => []) ?? [], []);
    await picture('approval');
    await clickIn('button', 'Allow');
    await answered();
    assert.match(await answer(), /Hello, Ada!/);
    assert.match(await page.evaluate(`${LAST_TURN}.querySelector(".input-closed").textContent`), /approved/);
  });

  it('sends arguments as they were changed, and says when they are no JSON', async () => {
    await ask(calling('greet', {name: 'Ada'}));
    await page.until(`document.querySelector('${OPEN_CARD}')`);
    await clickIn('button', 'Change');
    await fill(`${OPEN_CARD} textarea`, '{"name": Grace}');
    await clickIn('button', 'Allow');
    await page.until(`document.querySelector('${OPEN_CARD} .input-problem').textContent.includes("JSON")`);
    await fill(`${OPEN_CARD} textarea`, '{"name": "Grace"}');
    await picture('approval-changed');
    await clickIn('button', 'Allow');
    await answered();
    assert.match(await answer(), /Hello, Grace!/);
  });

  it('lists what was allowed for the conversation, and takes it back', async () => {
    await ask(calling('greet', {name: 'Ada'}));
    await page.until(`document.querySelector('${OPEN_CARD}')`);
    await page.evaluate(`document.querySelector('${OPEN_CARD} input[type="checkbox"]').click()`);
    await clickIn('button', 'Allow');
    await answered();
    await page.click('#status');
    await page.until('document.querySelector(".approvals:not([hidden])")');
    assert.match(await page.evaluate('document.querySelector(".approvals").innerText'), /Allowed without asking \(1\)\s+greet of sdk/);
    await picture('allowed');
    await page.evaluate('document.querySelector(".approvals button").click()');
    await page.until('document.querySelector(".approvals").hidden');
    await page.press('Escape');
  });

  it('is answered from the keyboard', async () => {
    await ask(calling('greet', {name: 'Ada'}));
    await page.until(`document.querySelector('${OPEN_CARD}')`);
    await page.press('Tab', 8);
    await page.press('Tab', 8);
    await page.until('document.activeElement.textContent === "Decline" || document.activeElement.textContent === "Allow"');
    await page.evaluate(`document.querySelector('${OPEN_CARD} .input-buttons button').focus()`);
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Decline');
    await page.press('Enter');
    await answered();
    assert.match(await answer(), /declined/);
    assert.equal(await page.evaluate('document.activeElement.id'), 'question');
  });

  it('shows an open question again after a reload', async () => {
    await ask(calling('book'));
    await page.until(`document.querySelector('${OPEN_CARD} input')`);
    await page.reload();
    await page.until(`document.querySelector('${OPEN_CARD} input')`);
    await clickIn('button', 'Send');
    assert.equal(await page.evaluate(`document.querySelector('${OPEN_CARD} input').validity.valueMissing`), true);
    await fill(`${OPEN_CARD} input`, 'Oslo');
    await page.evaluate(`document.querySelector('${OPEN_CARD} input[type="checkbox"]').click()`);
    await picture('form');
    await clickIn('button', 'Send');
    await answered();
    assert.match(await answer(), /booked Oslo for 2 nights, sea view, quiet: True/);
  });

  it('shows where a page leads and opens nothing by itself', async () => {
    await ask(calling('trigger-url-elicitation', {url: 'https://bank.example@example.org/pay'}));
    await page.until(`document.querySelector('${OPEN_CARD} .input-host')`);
    assert.equal(await page.evaluate(`document.querySelector('${OPEN_CARD} .input-host').textContent`), 'example.org');
    await picture('page-to-open');
    await clickIn('button', 'Decline');
    await answered();
  });

  it('begins a question with a prompt, completed by its server', async () => {
    await page.click('#question');
    await page.type('/completable');
    await page.until('document.querySelectorAll("#materials-menu [role=option]").length === 1');
    await picture('prompts');
    await page.press('Enter');
    await page.until('document.activeElement.name === "department"');
    await page.type('Eng');
    await page.until('document.querySelector("#suggestions-0 option")?.value === "Engineering"');
    await fill('#argument-0', 'Engineering');
    await page.press('Enter');
    await page.until('document.querySelectorAll("#suggestions-1 option").length > 0');
    await page.type('Alice');
    await picture('prompt-arguments');
    await page.press('Enter');
    await page.until('document.querySelector("#composer .chip")');
    await page.press('Enter');
    await answered();
    assert.match(await page.evaluate(`${LAST_TURN}.querySelector(".question").textContent`), /completable-prompt.*Engineering/);
    assert.match(await answer(), /Alice/);
  });

  it('attaches a resource and finds it again after a reload', async () => {
    await page.click('#question');
    await page.type('Repeat this @architecture');
    const offered = '[...document.querySelectorAll("#materials-menu [role=option]")].map((option) => option.textContent)';
    await page.until(`${offered}.length > 0 && ${offered}.every((text) => text.includes("architecture"))`);
    await page.press('Enter');
    await page.until('document.querySelector("#composer .chip")');
    assert.equal(await page.evaluate('document.getElementById("question").value'), 'Repeat this ');
    await picture('attachment');
    await page.press('Enter');
    await answered();
    assert.match(await answer(), /<attachment server="everything"/);
    await page.reload();
    await answered();
    const shown = await page.evaluate(`${LAST_TURN}.querySelector(".question").textContent`);
    assert.match(shown, /^Repeat this/);
    assert.match(shown, /@demo:/);
    assert.doesNotMatch(shown, /<attachment/);
  });

  it('has had no problems', () => {
    assert.deepEqual(page.problems, []);
  });
});
