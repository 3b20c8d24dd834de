/** A headless Chromium, driven over the DevTools protocol. Only what the page's test needs. */
import {spawn} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const DEADLINE_MS = 60_000; // far more than anything takes on an idle machine

export class Browser {
  /** Starts the browser of $CHROMIUM (default `chromium`) with a profile of its own. */
  static async start() {
    const browser = new Browser();
    browser.profile = await mkdtemp(join(tmpdir(), 'convoke-page-'));
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--remote-debugging-pipe', `--user-data-dir=${browser.profile}`];
    browser.process = spawn(process.env.CHROMIUM ?? 'chromium', [...flags, 'about:blank'],
      {stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe']});
    browser.link = new Link(browser.process);
    await browser.link.call('Browser.getVersion');
    return browser;
  }

  /** A new tab; it notes every request, console message and exception. */
  async newPage() {
    const {targetId} = await this.link.call('Target.createTarget', {url: 'about:blank'});
    const {sessionId} = await this.link.call('Target.attachToTarget', {targetId, flatten: true});
    const page = new Page(this.link, sessionId);
    await Promise.all(['Page', 'Runtime', 'Network', 'Log'].map((domain) => page.call(`${domain}.enable`)));
    return page;
  }

  /** Grants a page what it would ask its user for, such as clipboardReadWrite. */
  async allow(permissions, url) {
    await this.link.call('Browser.grantPermissions', {permissions, origin: new URL(url).origin});
  }

  async close() {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.link.call('Browser.close').catch(() => {});
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(timer);
    await rm(this.profile, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
  }
}

/**
 * The debugger behind two pipes: calls with answers, and events by session. When this process dies, however it does, the
 * pipes close and the browser ends too.
 */
class Link {
  calls = new Map();
  listeners = new Map();
  lastId = 0;

  constructor(browserProcess) {
    const [, , stderr, toBrowser, fromBrowser] = browserProcess.stdio;
    let errors = '';
    stderr.on('data', (data) => (errors = (errors + data).slice(-4000)));
    this.toBrowser = toBrowser.on('error', () => {});
    let text = '';
    fromBrowser.setEncoding('utf8').on('data', (piece) => {
      const messages = (text + piece).split('\0');
      text = messages.pop();
      for (const message of messages) this.received(JSON.parse(message));
    });
    browserProcess.once('error', (error) => this.ended(error.message));
    browserProcess.once('exit', (code) => this.ended(`the browser ended with ${code}: ${errors}`));
  }

  ended(reason) {
    for (const call of this.calls.values()) call.reject(new Error(reason));
    this.calls.clear();
  }

  call(method, params = {}, sessionId = undefined) {
    const id = ++this.lastId;
    this.toBrowser.write(`${JSON.stringify({id, method, params, sessionId})}\0`);
    return new Promise((resolve, reject) => this.calls.set(id, {resolve, reject, method}));
  }

  received({id, result, error, method, params, sessionId}) {
    if (id === undefined) {
      this.listeners.get(sessionId)?.(method, params);
      return;
    }
    const call = this.calls.get(id);
    this.calls.delete(id);
    if (error) call.reject(new Error(`${call.method}: ${error.message}`));
    else call.resolve(result);
  }
}

export class Page {
  /** Addresses asked for, and everything that went wrong in the page. */
  requests = [];
  problems = [];

  constructor(link, sessionId) {
    this.call = (method, params) => link.call(method, params, sessionId);
    link.listeners.set(sessionId, (method, params) => this.heard(method, params));
  }

  heard(method, params) {
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method === 'Network.webSocketCreated') this.requests.push(params.url);
    if (method === 'Runtime.exceptionThrown') this.problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(params.type)) {
      this.problems.push(params.args.map((arg) => arg.value ?? arg.description).join(' '));
    }
    if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) this.problems.push(params.entry.text);
  }

  async close() {
    await this.call('Page.close');
  }

  async open(url) {
    await this.call('Page.navigate', {url});
    await this.until('document.readyState === "complete"');
  }

  async reload() {
    await this.evaluate('window.isOldPage = true');
    await this.call('Page.reload');
    await this.until('!window.isOldPage && document.readyState === "complete"');
  }

  /** The value of a JavaScript expression in the page. */
  async evaluate(expression) {
    const {result, exceptionDetails} = await this.call('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true});
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** Waits until `expression` is true in the page, looking once per painted frame. */
  async until(expression, deadlineMs = DEADLINE_MS) {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      // A navigation ends the context the question was asked in; then it is asked again.
      const value = await this.evaluate(`Promise.resolve(${expression})`).catch(() => undefined);
      if (value) return value;
      if (Date.now() > deadline) throw new Error(`waited in vain for: ${expression}`);
      await this.evaluate('new Promise((resolve) => setTimeout(resolve, 16))').catch(() => {});
    }
  }

  /** Clicks the middle of the first element that matches, as a mouse does, once it has come to rest. */
  async click(selector) {
    const at = JSON.stringify(selector);
    await this.until(`document.querySelector(${at})?.getClientRects().length > 0`);
    const {x, y} = await this.evaluate(`(async () => {
      for (let before = {};;) {
        const one = document.querySelector(${at});
        one?.scrollIntoView({block: 'nearest', behavior: 'instant'});
        await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
        const box = one?.getBoundingClientRect();
        const now = box && {x: box.x + box.width / 2, y: box.y + box.height / 2};
        if (now && now.x === before.x && now.y === before.y) return now;
        before = now ?? {};
      }
    })()`);
    for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) {
      await this.call('Input.dispatchMouseEvent', {type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1});
    }
  }

  /** Lets go of files over the middle of an element, as if they had been dragged there. */
  async drop(selector, files) {
    const {x, y} = await this.evaluate(`(() => {
      const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      return {x: box.x + box.width / 2, y: box.y + box.height / 2};
    })()`);
    const data = {items: [], files, dragOperationsMask: 1};
    for (const type of ['dragEnter', 'dragOver', 'drop']) await this.call('Input.dispatchDragEvent', {type, x, y, data});
  }

  /** Puts a picture on the clipboard and presses Ctrl+V. */
  async pastePicture(base64) {
    await this.evaluate(`(async () => {
      const bytes = Uint8Array.from(atob(${JSON.stringify(base64)}), (one) => one.charCodeAt(0));
      await navigator.clipboard.write([new ClipboardItem({'image/png': new Blob([bytes], {type: 'image/png'})})]);
    })()`);
    const key = {key: 'v', code: 'KeyV', modifiers: 2, windowsVirtualKeyCode: 86};
    await this.call('Input.dispatchKeyEvent', {type: 'rawKeyDown', ...key, commands: ['Paste']});
    await this.call('Input.dispatchKeyEvent', {type: 'keyUp', ...key});
  }

  async type(text) {
    await this.call('Input.insertText', {text});
  }

  async press(key, modifiers = 0) {
    const text = key === 'Enter' ? '\r' : undefined;
    const common = {key, code: key, modifiers, windowsVirtualKeyCode: {Enter: 13, Escape: 27, Tab: 9}[key]};
    await this.call('Input.dispatchKeyEvent', {type: 'keyDown', text, ...common});
    await this.call('Input.dispatchKeyEvent', {type: 'keyUp', ...common});
  }

  async resize(width, height, {mobile = false, scale = 1} = {}) {
    await this.call('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: scale, mobile});
  }

  async prefer(features) {
    const list = Object.entries(features).map(([name, value]) => ({name, value}));
    await this.call('Emulation.setEmulatedMedia', {features: list});
  }

  async screenshot(path) {
    const {data} = await this.call('Page.captureScreenshot', {format: 'png'});
    await writeFile(path, Buffer.from(data, 'base64'));
  }
}
