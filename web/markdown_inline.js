/**
 * The part of Markdown that lives inside one paragraph: emphasis, code, links. Pure: text in, tree out.
 *
 * A node is a string (text, taken literally) or one of
 *   {type: 'strong' | 'emphasis' | 'struck', children}   {type: 'code', text}
 *   {type: 'link', href, children}                       {type: 'break'}
 *
 * Work is linear in the text whatever it holds: each character is looked at a bounded number of times, and open markers
 * never nest deeper than there are kinds of them.
 */

const MARKERS = {'*': 'emphasis', '**': 'strong', '_': 'emphasis', '__': 'strong', '~~': 'struck'};
const ENTITIES = {'&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&nbsp;': '\u00a0'};
const MAX_HREF = 2048;
const SAFE_HREF = /^(?:https?:\/\/|mailto:)[^\s<>"]+$/i;

/** The address if a link may lead there, else null: only the web and mail, so no script and no local file. */
export function safeHref(address) {
  return address.length <= MAX_HREF && SAFE_HREF.test(address) ? address : null;
}

/**
 * The tree of `text`. With `open`, markers still without a partner count as closed at the end: what a half-arrived
 * answer most likely means.
 */
export function parseInline(text, {open = false, links = true} = {}) {
  return new InlineParser(text, open, links).parse();
}

class InlineParser {
  constructor(text, open, links) {
    this.text = text;
    this.open = open;
    this.links = links;
    this.at = 0;
    this.frames = [{marker: '', children: []}];
    this.codeEnds = findCodeSpans(text, open);
    this.bracketEnds = links ? findBrackets(text, this.codeEnds) : new Map();
  }

  parse() {
    let plainFrom = 0;
    while (this.at < this.text.length) {
      const from = this.at;
      const node = this.special(this.text[from]);
      if (node === undefined) {
        this.at = Math.max(this.at, from + 1);
        continue;
      }
      if (from > plainFrom) this.add(this.text.slice(plainFrom, from));
      if (typeof node === 'function') node();
      else if (node !== null) this.add(node);
      plainFrom = this.at;
    }
    if (this.at > plainFrom) this.add(this.text.slice(plainFrom));
    while (this.frames.length > 1) this.close(this.frames.at(-1), this.open && this.frames.at(-1).children.length > 0);
    return this.frames[0].children;
  }

  /** What begins here: a node, an act on the open markers, or undefined for plain text. Moves past what it takes. */
  special(character) {
    switch (character) {
      case '\\': return this.escape();
      case '`': return this.code();
      case '*': case '_': case '~': return this.marker(character);
      case '[': case '!': return this.link(character);
      case '<': return this.bracketedAddress();
      case 'h': return this.bareAddress();
      case '&': return this.entity();
      case '\n': return this.lineBreak();
      default: return undefined;
    }
  }

  add(node) {
    const {children} = this.frames.at(-1);
    if (typeof node === 'string' && typeof children.at(-1) === 'string') children[children.length - 1] += node;
    else children.push(node);
  }

  escape() {
    const next = this.text[this.at + 1] ?? '';
    if (!/^[!-/:-@[-`{-~]$/.test(next)) return undefined;
    this.at += 2;
    return next;
  }

  code() {
    const end = this.codeEnds.get(this.at);
    const width = runLength(this.text, this.at);
    if (end === undefined) {
      this.at += width;
      return undefined;
    }
    const inner = this.text.slice(this.at + width, end.textEnd).replaceAll('\n', ' ');
    this.at = end.end;
    const padded = inner.length > 2 && inner.startsWith(' ') && inner.endsWith(' ') && inner.trim() !== '';
    return {type: 'code', text: padded ? inner.slice(1, -1) : inner};
  }

  marker(character) {
    const from = this.at;
    const width = runLength(this.text, from);
    this.at += width;
    if (width > 3 || (character === '~' && width !== 2)) return undefined;
    const before = this.text[from - 1] ?? ' ';
    const after = this.text[this.at] ?? ' ';
    const insideWord = character === '_' && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after);
    const canClose = !/\s/.test(before) && !insideWord;
    const canOpen = !/\s/.test(after) && !insideWord;
    if (!canClose && !canOpen) return undefined;
    return () => this.applyMarker(character, width, canOpen, canClose);
  }

  applyMarker(character, width, canOpen, canClose) {
    let left = width;
    while (canClose && left > 0) {
      const frame = this.innermost(character, left);
      if (!frame) break;
      this.close(frame, true);
      left -= frame.marker.length;
    }
    while (canOpen && left > 0) {
      const marker = character.repeat(Math.min(left, 2));
      if (!MARKERS[marker] || this.frames.some((frame) => frame.marker === marker)) break;
      this.frames.push({marker, children: []});
      left -= marker.length;
    }
    if (left > 0) this.add(character.repeat(left));
  }

  innermost(character, width) {
    return this.frames.findLast((frame) => frame.marker[0] === character && frame.marker.length <= width);
  }

  /** Ends `frame` and what was opened inside it; markers without a partner were only text. */
  close(frame, matched) {
    let top;
    do {
      top = this.frames.pop();
      if (top === frame && matched && top.children.length > 0) {
        this.add({type: MARKERS[top.marker], children: top.children});
      } else {
        this.add(top.marker);
        top.children.forEach((child) => this.add(child));
        if (top === frame && matched) this.add(top.marker);
      }
    } while (top !== frame);
  }

  link(character) {
    const from = character === '!' ? this.at + 1 : this.at;
    const end = this.bracketEnds.get(from);
    if (end === undefined) return undefined;
    const target = readTarget(this.text, end + 1, this.open);
    if (!target) return undefined;
    const children = parseInline(this.text.slice(from + 1, end), {open: this.open, links: false});
    const href = safeHref(target.address);
    this.at = target.end;
    // A picture would be fetched from a stranger's server, and tell it who reads: it becomes a link.
    if (children.length === 0) children.push(target.address);
    return href ? {type: 'link', href, children} : () => children.forEach((child) => this.add(child));
  }

  bracketedAddress() {
    const end = this.text.slice(this.at + 1, this.at + 1 + MAX_HREF).search(/[>\s<]/);
    if (end < 0 || this.text[this.at + 1 + end] !== '>' || !this.links) return undefined;
    const address = this.text.slice(this.at + 1, this.at + 1 + end);
    const href = safeHref(address);
    if (!href) return undefined;
    this.at += end + 2;
    return {type: 'link', href, children: [address]};
  }

  bareAddress() {
    if (!this.links || /[\p{L}\p{N}]/u.test(this.text[this.at - 1] ?? ' ')) return undefined;
    if (!/^https?:\/\//.test(this.text.slice(this.at, this.at + 8))) return undefined;
    const from = this.at;
    let end = from;
    while (end < this.text.length && end - from <= MAX_HREF && !/[\s<>"`*|\\]/.test(this.text[end])) end++;
    while (end > from && /[.,;:!?'_~\]]/.test(this.text[end - 1])) end--;
    const address = this.text.slice(from, end);
    const trimmed = address.endsWith(')') && !address.includes('(') ? address.replace(/\)+$/, '') : address;
    const href = safeHref(trimmed);
    this.at = from + Math.max(trimmed.length, 1);
    return href ? {type: 'link', href, children: [trimmed]} : undefined;
  }

  entity() {
    const end = this.text.slice(this.at, this.at + 6).indexOf(';');
    const name = this.text.slice(this.at, this.at + end + 1);
    if (end < 0 || !Object.hasOwn(ENTITIES, name)) return undefined;
    this.at += name.length;
    return ENTITIES[name];
  }

  /** In a chat a new line is meant: it stays one. */
  lineBreak() {
    this.at++;
    return {type: 'break'};
  }
}

/** How often the character at `from` is repeated there. */
function runLength(text, from) {
  let end = from;
  while (text[end] === text[from]) end++;
  return end - from;
}

/** Where each code span begins → where it ends: the next run of as many backticks. */
function findCodeSpans(text, open) {
  const runs = [];
  for (let at = text.indexOf('`'); at >= 0; at = text.indexOf('`', at)) {
    const width = runLength(text, at);
    if (!isEscaped(text, at)) runs.push({at, width});
    at += width;
  }
  const nextOfWidth = new Map();
  const closers = new Array(runs.length);
  for (let i = runs.length - 1; i >= 0; i--) {
    closers[i] = nextOfWidth.get(runs[i].width);
    nextOfWidth.set(runs[i].width, i);
  }
  const ends = new Map();
  for (let i = 0; i < runs.length; i++) {
    const closer = closers[i];
    if (closer !== undefined) {
      ends.set(runs[i].at, {textEnd: runs[closer].at, end: runs[closer].at + runs[closer].width});
      i = closer;
    } else if (open && runs[i].width === 1 && text.length > runs[i].at + 1) {
      ends.set(runs[i].at, {textEnd: text.length, end: text.length});
      break;
    }
  }
  return ends;
}

/** Where each `[` stands → where its `]` does, outside code. */
function findBrackets(text, codeEnds) {
  const ends = new Map();
  const opened = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '`') at = (codeEnds.get(at)?.end ?? at + runLength(text, at)) - 1;
    else if (character === '[') opened.push(at);
    else if (character === ']' && opened.length > 0) ends.set(opened.pop(), at);
  }
  return ends;
}

/** Reads `(address "title")` at `from`: {address, end}, or null. While `open`, it may still lack its end. */
function readTarget(text, from, open) {
  if (text[from] !== '(') return null;
  let depth = 0;
  let end = from;
  for (; end < text.length && end - from <= MAX_HREF; end++) {
    if (text[end] === '\n') return null;
    if (text[end] === '(' && ++depth > 8) return null;
    if (text[end] === ')' && --depth === 0) break;
  }
  if (text[end] !== ')' && !(open && end === text.length)) return null;
  const address = text.slice(from + 1, end).trim().split(/\s/, 1)[0].replace(/^<|>$/g, '');
  return {address: text[end] === ')' ? address : '', end: Math.min(end + 1, text.length)};
}

function isEscaped(text, at) {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes++;
  return slashes % 2 === 1;
}
