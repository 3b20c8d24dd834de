/**
 * The web page in a real browser, against the server of $CONVOKE_URL with its demo model, or against the stand-in when
 * there is none. With $CONVOKE_SCREENSHOTS, a folder, it leaves pictures of the page there.
 */
import assert from 'node:assert/strict';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';

import {Browser} from './browser.mjs';
import {faintTexts} from './contrast.mjs';
import {startFakeServer} from './fake_server.mjs';
import {startWeakNetwork} from './weak_network.mjs';

const pictures = process.env.CONVOKE_SCREENSHOTS;
const isStandIn = !process.env.CONVOKE_URL;
const SHIFT = 8;
const LONG_QUESTION = 'mountain river forest '.repeat(150).trim();
const LAST_TURN = '[...document.querySelectorAll(".turn")].at(-1)';
const PAGE_IS_READY = 'document.querySelectorAll("#suggestions button").length > 0';

describe('The web page', {timeout: 400_000}, () => {
  let server;
  let browser;
  let page;

  before(async () => {
    server = isStandIn ? await startFakeServer() : {url: new URL(process.env.CONVOKE_URL).href, close() {}};
    browser = await Browser.start();
    page = await browser.newPage();
    await page.resize(1280, 860);
    await page.open(server.url);
    await page.until(PAGE_IS_READY);
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  async function ask(question) {
    const turns = await page.evaluate('document.querySelectorAll(".turn").length');
    await page.click('#question');
    await page.type(question);
    await page.press('Enter');
    await page.until(`document.querySelectorAll(".turn").length === ${turns + 1}`);
  }

  async function newChat() {
    await page.click('.new-chat');
    await page.until('document.querySelectorAll(".turn").length === 0');
  }

  const answered = () => page.until(`${LAST_TURN}?.dataset.state === "done"`);
  const textOf = (selector) => page.evaluate(`${LAST_TURN}.querySelector(${JSON.stringify(selector)})?.textContent`);
  const count = (selector) => page.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);

  async function picture(name) {
    if (!pictures) return;
    await mkdir(pictures, {recursive: true});
    await page.evaluate('Promise.all(document.getAnimations().map((one) => one.effect.getTiming().iterations === Infinity || one.finished))');
    await page.screenshot(join(pictures, `${name}.png`));
  }

  it('answers a question with the help of a tool', async () => {
    await picture('welcome');
    await ask('add 2 and 3');
    await answered();
    assert.match(await textOf('.tool-name'), /sum/);
    assert.match(await textOf('.markdown'), /\b5\b/);
    assert.match(await textOf('.facts'), /token/);
    assert.match(await textOf('.facts'), /\d m?s/);
  });

  it('shows what the tool was asked and what it said when its row is opened', async () => {
    assert.equal(await textOf('.tool pre'), undefined);
    await page.click('.tool summary');
    await page.until(`${LAST_TURN}.querySelectorAll(".tool pre").length === 2`);
    const [args, result] = await page.evaluate(`[...${LAST_TURN}.querySelectorAll(".tool pre")].map((pre) => pre.textContent)`);
    assert.deepEqual(Object.values(JSON.parse(args)), [2, 3]);
    assert.match(result, /5/);
    await picture('tool');
  });

  it('shows what models used, as plots with a table behind them', async () => {
    await newChat();
    await ask('add 2 and 3');
    await answered();
    await page.click('#usage-link');
    await page.until('document.querySelectorAll("svg.bars .column").length > 0');
    const shown = await page.evaluate('document.getElementById("usage").innerText');
    assert.match(shown, /Cost/);
    assert.match(shown, /By model/);
    assert.match(shown, /By conversation\s+Conversation/);
    assert.equal(await page.evaluate('document.getElementById("scroller").hidden'), true);
    assert.equal(await page.evaluate('document.querySelector("svg.bars").getAttribute("role")'), 'img');
    await page.click('[data-choice="Tokens"]');
    await page.until('document.querySelectorAll("svg.bars").length === 2');
    await page.click('.values summary');
    assert.equal(await page.evaluate('document.querySelectorAll(".values[open] tbody tr").length'), 30);
    await page.click('[data-choice="7 days"]');
    await page.until('document.querySelector("svg.bars").querySelectorAll(".column").length === 7');
    assert.deepEqual(await page.evaluate(`(${faintTexts})()`), []);
    await picture('usage');
    await page.click('.ranking a');
    await page.until('document.getElementById("usage").hidden && document.querySelectorAll(".turn").length > 0');
    assert.deepEqual(page.problems, []);
  });

  it('begins a line with Shift+Enter and sends with Enter', async () => {
    await page.click('#question');
    await page.type('one');
    await page.press('Enter', SHIFT);
    await page.type('two');
    assert.equal(await page.evaluate('document.getElementById("question").value'), 'one\ntwo');
    await page.press('Enter');
    await page.until(`${LAST_TURN}.querySelector(".question").textContent === "one\\ntwo"`);
    await answered();
    assert.equal(await page.evaluate('document.getElementById("question").value'), '');
  });

  it('shows an answer while it arrives, and stops it when told to', async () => {
    await newChat();
    await ask(LONG_QUESTION);
    await answered();
    await ask('What did I ask before?');
    await page.until(`${LAST_TURN}.querySelector(".markdown")?.textContent.length > 0`);
    assert.equal(await page.evaluate(`${LAST_TURN}.dataset.state`), 'running');
    await page.click('#send.stop');
    await answered();
    assert.match(await textOf('.ending'), /stopped/);
    assert.ok((await textOf('.markdown')).length < LONG_QUESTION.length);
    assert.equal(await page.evaluate('document.getElementById("send").title'), 'Send');
  });

  it('has a stopped answer go on, or given once more', {skip: isStandIn}, async () => {
    const stopped = await textOf('.markdown');
    await page.click('.turn:last-child .continue');
    await page.until('document.querySelectorAll(".turn").length === 3');
    await answered();
    assert.equal(await textOf('.question'), 'Go on where you stopped.');
    assert.equal(await page.evaluate('[...document.querySelectorAll(".continue")].filter((one) => one.checkVisibility()).length'), 0);
    assert.ok(stopped.length > 0);
    await page.click('.turn:nth-child(2) .ending button:last-child');
    await page.until('document.querySelectorAll(".turn").length === 2');
    await page.until(`${LAST_TURN}?.dataset.state === "done" && ${LAST_TURN}.querySelector(".versions")?.textContent === "‹2/2›"`);
    assert.ok((await textOf('.markdown')).includes(LONG_QUESTION));
  });

  it('finds the conversation again after a reload', async () => {
    await newChat();
    await ask('add 4 and 5');
    await answered();
    const shown = await page.evaluate('document.getElementById("transcript").innerText');
    const address = await page.evaluate('location.hash');
    assert.match(address, /^#\/c\/.+/);
    await page.reload();
    await answered();
    assert.equal(await page.evaluate('location.hash'), address);
    assert.equal(withoutTimes(await page.evaluate('document.getElementById("transcript").innerText')), withoutTimes(shown));
    await page.until('document.querySelector("#conversations a[aria-current=page]")?.innerText.includes("add 4 and 5")');
  });

  it('keeps conversations apart and goes back and forth between them', async () => {
    await newChat();
    await ask('add 6 and 7');
    await answered();
    assert.equal(await count('.turn'), 1);
    await page.evaluate('history.back()');
    await page.until(`${LAST_TURN}?.querySelector(".question").textContent === "add 4 and 5"`);
    await page.evaluate('history.forward()');
    await page.until(`${LAST_TURN}?.querySelector(".question").textContent === "add 6 and 7"`);
  });

  it('goes on with an answer while another conversation is shown', async () => {
    await newChat();
    await ask(LONG_QUESTION);
    await answered();
    await ask('What did I ask before?');
    await page.until(`${LAST_TURN}.querySelector(".markdown")?.textContent.length > 0`);
    const address = await page.evaluate('location.hash');
    await newChat();
    await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
    await answered();
    assert.equal(await count('.turn'), 2);
    assert.ok((await textOf('.markdown')).includes(LONG_QUESTION));
  });

  it('goes on with a running answer after a reload', async () => {
    await ask('What did I ask before?');
    await page.until(`${LAST_TURN}.querySelector(".markdown")?.textContent.length > 0`);
    await page.reload();
    await page.until('document.querySelectorAll(".turn").length === 3');
    await answered();
    assert.ok((await textOf('.markdown')).includes(LONG_QUESTION));
  });

  it('renames and deletes a conversation', async () => {
    const row = '#conversations li:has(a[aria-current])';
    await newChat();
    await ask('add 8 and 9');
    await answered();
    await page.until(`document.querySelector("${row}")`);
    await page.click(`${row} a`);
    await page.click(`${row} button[title=Rename]`);
    await page.type('My sums <b>');
    await page.press('Enter');
    await page.until('document.getElementById("title").textContent === "My sums <b>"');
    await page.click(`${row} a`);
    await page.click(`${row} button[title=Delete]`);
    await page.until('document.getElementById("delete-dialog").open');
    await picture('delete');
    await page.click('#delete-dialog .danger');
    await page.until('location.hash === "" && ![...document.querySelectorAll("#conversations a")].some((a) => a.title === "My sums <b>")');
  });

  it('tells what answers, with which tools', async () => {
    await page.click('#status');
    await page.until('document.getElementById("status-panel").matches(":popover-open")');
    assert.match(await page.evaluate('document.getElementById("status-panel").innerText'), /demo/);
    await picture('status');
    await page.press('Escape');
    await page.until('!document.getElementById("status-panel").matches(":popover-open")');
  });

  it('is legible in light and dark', async () => {
    await newChat();
    await ask(isStandIn ? 'How does a turn go?' : 'add 2 and 3');
    await answered();
    for (const scheme of ['light', 'dark']) {
      await page.prefer({'prefers-color-scheme': scheme});
      assert.deepEqual(await page.evaluate(`(${faintTexts})()`), [], scheme);
      await picture(scheme);
    }
    await page.prefer({});
  });

  it('remembers the colours chosen by hand', async () => {
    const scheme = 'getComputedStyle(document.documentElement).colorScheme';
    assert.equal(await page.evaluate(scheme), 'light dark');
    await page.click('#theme');
    assert.equal(await page.evaluate(scheme), 'light');
    await page.click('#theme');
    await page.reload();
    assert.equal(await page.evaluate(scheme), 'dark');
    await page.click('#theme');
    assert.equal(await page.evaluate(scheme), 'light dark');
  });

  it('fits a phone', async () => {
    for (const width of [320, 360]) {
      await page.resize(width, 740, {mobile: true, scale: 2});
      await page.until(`document.querySelectorAll(".turn").length > 0 && innerWidth === ${width}`);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      assert.equal(await page.evaluate('document.getElementById("scroller").scrollWidth'), width);
    }
    await picture('phone');
    await page.until('getComputedStyle(document.getElementById("drawer")).visibility === "hidden"');
    await page.click('#drawer-open');
    await page.until('getComputedStyle(document.getElementById("drawer")).visibility === "visible"');
    await picture('drawer');
    await page.press('Escape');
    await page.until('getComputedStyle(document.getElementById("drawer")).visibility === "hidden"');
    await page.resize(1280, 860);
  });

  it('can be used with the keyboard alone', async () => {
    await newChat();
    await page.until('document.activeElement.id === "question"');
    await page.type('add 1 and 1');
    await page.press('Enter');
    await page.until(`${LAST_TURN}?.dataset.state === "done"`);
    for (let i = 0; i < 40 && !(await page.evaluate('document.activeElement.matches(".tool summary")')); i++) await page.press('Tab', SHIFT);
    assert.ok(await page.evaluate('document.activeElement.matches(".tool summary")'));
    await page.press('Enter');
    await page.until(`${LAST_TURN}.querySelector(".tool").open`);
  });

  it('shows an empty page for a conversation there is none of', async () => {
    await page.evaluate('location.hash = "#/c/c_unknown"');
    await page.until('document.querySelector("#transcript .failure")');
    await newChat();
  });

  it('tries a failed question again when asked to', {skip: !isStandIn}, async () => {
    await ask('please fail');
    await page.until(`${LAST_TURN}.dataset.state === "failed"`);
    await page.until(`!${LAST_TURN}.querySelector(".failure button").disabled`);
    await page.click('.failure button');
    await answered();
    assert.equal(await count('.turn'), 1);
    await page.reload();
    await answered();
    assert.equal(await count('.turn'), 1);
  });

  it('asks for the token of a guarded server, once', {skip: !isStandIn}, async () => {
    const guarded = await startFakeServer({token: 'open sesame'});
    const guest = await browser.newPage();
    try {
      await guest.open(guarded.url);
      await guest.until('document.getElementById("access-dialog").open');
      await guest.type('open sesame');
      await guest.press('Enter');
      await guest.until(PAGE_IS_READY);
      await guest.reload();
      await guest.until(PAGE_IS_READY);
      await guest.evaluate('localStorage.clear()');
      await guest.open(`${guarded.url}?access_token=open+sesame#/c/c_unknown`);
      await guest.until(PAGE_IS_READY);
      assert.equal(await guest.evaluate('location.search + location.hash'), '#/c/c_unknown');
    } finally {
      guarded.close();
      await guest.close();
    }
  });

  it('asked for nothing elsewhere, broke no policy and logged no error', async () => {
    const {host} = new URL(server.url);
    assert.deepEqual(page.requests.filter((address) => !address.startsWith('data:') && new URL(address).host !== host), []);
    assert.deepEqual(page.problems, []);
    const {headers} = await fetch(server.url);
    assert.match(headers.get('content-security-policy'), /default-src 'none'/);
    await page.evaluate(`new Promise((resolve) => {
      document.addEventListener("securitypolicyviolation", resolve, {once: true});
      const script = document.createElement("img");
      script.src = "https://example.com/x.png";
    })`);
  });

  it('loses nothing when the network is lost', async () => {
    const network = await startWeakNetwork(server.url);
    try {
      await page.open(network.url);
      await page.until(PAGE_IS_READY);
      await ask(LONG_QUESTION);
      await answered();
      await ask('What did I ask before?');
      await page.until(`${LAST_TURN}.querySelector(".markdown")?.textContent.length > 0`);
      network.cut();
      await page.until('!document.getElementById("offline").hidden');
      await picture('offline');
      network.mend();
      await answered();
      assert.ok((await textOf('.markdown')).includes(LONG_QUESTION));
      await page.until('document.getElementById("offline").hidden');
    } finally {
      network.close();
    }
  });
});

/** Durations differ between what was streamed and what was recorded by a hair. */
function withoutTimes(text) {
  return text.replaceAll(/\d+(\.\d+)? m?s\b/g, '…');
}
