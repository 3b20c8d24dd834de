/** Makes Markdown visible, all at once or while it arrives. Everything in it is untrusted and stays text. */
import {copyButton, element, fill} from './dom.js';
import {highlightLine} from './highlight.js';
import {closesFence, openFence, parseBlocks} from './markdown.js';
import {parseInline} from './markdown_inline.js';

const INLINE_TAGS = {strong: 'strong', emphasis: 'em', struck: 's'};
/**
 * A growing block of `from` characters or more is drawn again only when it is `by` times as long, so that all drawing
 * together stays linear in the text.
 */
const REDRAW = [{from: 65_536, by: 1.5}, {from: 4096, by: 1.125}, {from: 0, by: 1}];
/** An unfinished last line that could still become anything; it waits for its next character. */
const UNDECIDED = /(?:^|\n)[ \t]*(?:`{1,2}|~{1,2}|(?:```|~~~)[^\n]*|[-*+_]{1,3} ?|#{1,6} ?|\d{1,9}[.)]? ?|> ?|\|[^\n]*)$/;
/** Half a marker at the very end. */
const HALF_MARKER = /(?:[*_~`]{1,3}|!?\[)$/;
/** A table's head, before the line beneath it tells that it is one. */
const UNDECIDED_TABLE = /(?:^|\n)[ \t]*\|[^\n]*[^\n \t|:-][^\n]*\n[ \t|:-]*$/;

/** The nodes of a whole text. */
export function renderMarkdown(text) {
  return parseBlocks(text).map((block) => renderBlock(block, false));
}

/** Markdown that arrives in pieces. Finished blocks are drawn once; only the last is drawn again when it grows. */
export class MarkdownStream {
  constructor(container) {
    this.container = container;
    this.tail = '';
    this.drawnLength = 0;
    this.live = [];
    this.code = null;
  }

  append(text) {
    this.tail += text;
  }

  /** Shows what has arrived. Call it once per painted frame. */
  draw() {
    if (this.code) this.continueCode();
    const {by} = REDRAW.find(({from}) => this.drawnLength >= from);
    if (this.code || this.tail.length === this.drawnLength || this.tail.length < this.drawnLength * by) return;
    this.drawTail(true);
  }

  /** Shows the rest and takes what is unfinished as it stands. */
  finish() {
    if (this.code) this.continueCode();
    if (this.code) this.endCode(this.tail);
    this.drawTail(false);
    this.tail = '';
    this.live = [];
    this.drawnLength = 0;
  }

  drawTail(open) {
    const blocks = parseBlocks(open ? withoutUndecided(this.tail) : this.tail);
    const last = blocks.at(-1);
    const finished = blocks.slice(0, -1).map((block) => renderBlock(block, false));
    const isOpenCode = open && last?.type === 'code' && !last.closed && openFence(lineAt(this.tail, last.line));
    this.replaceLive(finished, last && !isOpenCode ? [renderBlock(last, open)] : []);
    if (last) this.tail = fromLine(this.tail, last.line);
    if (isOpenCode) this.startCode(isOpenCode);
    this.drawnLength = this.tail.length;
  }

  replaceLive(finished, live) {
    this.live.forEach((node) => node.remove());
    fill(this.container, finished);
    fill(this.container, live);
    this.live = live;
  }

  startCode(fence) {
    this.code = {fence, view: new CodeView(fence.language)};
    this.container.append(this.code.view.root);
    this.tail = fromLine(this.tail, 1);
    this.continueCode();
  }

  /** Code needs no second look: whole lines are appended as they come. */
  continueCode() {
    const lines = this.tail.split('\n');
    for (let i = 0; i < lines.length - 1; i++) {
      if (closesFence(lines[i], this.code.fence.marker)) {
        this.endCode('');
        this.tail = lines.slice(i + 1).join('\n');
        return;
      }
      this.code.view.appendLine(lines[i]);
    }
    this.tail = lines.at(-1);
    this.drawnLength = 0;
    const couldClose = /^[ \t]*[`~]+$/.test(this.tail);
    this.code.view.showPartialLine(couldClose ? '' : this.tail);
  }

  endCode(lastLine) {
    if (lastLine !== '' && !closesFence(lastLine, this.code.fence.marker)) this.code.view.appendLine(lastLine);
    this.code.view.showPartialLine('');
    this.code = null;
    this.tail = '';
    this.drawnLength = 0;
  }
}

function withoutUndecided(text) {
  const end = Math.min(...[UNDECIDED, UNDECIDED_TABLE].map((pattern) => {
    // Only the last lines matter; looking at all of a long text each time would not be linear.
    const from = Math.max(0, text.length - 1024);
    const match = pattern.exec(text.slice(from));
    return match ? from + match.index : text.length;
  }));
  return text.slice(0, end);
}

function lineAt(text, line) {
  const from = fromLine(text, line);
  const end = from.indexOf('\n');
  return end < 0 ? from : from.slice(0, end);
}

function fromLine(text, line) {
  let at = 0;
  for (let i = 0; i < line; i++) {
    const end = text.indexOf('\n', at);
    if (end < 0) return '';
    at = end + 1;
  }
  return text.slice(at);
}

function renderBlock(block, open) {
  switch (block.type) {
    case 'heading': return fill(element(`h${Math.min(block.level + 2, 6)}`), inline(block.text, open));
    case 'rule': return element('hr');
    case 'code': return renderCode(block);
    case 'quote': return fill(element('blockquote'), renderNested(block.blocks, open));
    case 'list': return renderList(block, open);
    case 'table': return renderTable(block, open);
    default: return fill(element('p'), inline(block.text, open));
  }
}

function renderNested(blocks, open) {
  return blocks.map((block, index) => renderBlock(block, open && index === blocks.length - 1));
}

function renderCode(block) {
  const view = new CodeView(block.language);
  if (block.text !== '') block.text.split('\n').forEach((line) => view.appendLine(line));
  return view.root;
}

function renderList(list, open) {
  const start = list.ordered && list.start !== 1 ? list.start : null;
  const items = list.items.map((item, index) => renderItem(item, list.loose, open && index === list.items.length - 1));
  return fill(element(list.ordered ? 'ol' : 'ul', {start}), items);
}

function renderItem(item, loose, open) {
  const made = element('li');
  if (item.checked !== null) {
    made.setAttribute('class', 'task');
    made.append(element('input', {type: 'checkbox', disabled: true, checked: item.checked, 'aria-label': 'task'}), ' ');
  }
  item.blocks.forEach((block, index) => {
    const isOpen = open && index === item.blocks.length - 1;
    const isTight = !loose && block.type === 'paragraph';
    fill(made, isTight ? inline(block.text, isOpen) : [renderBlock(block, isOpen)]);
  });
  return made;
}

function renderTable(table, open) {
  const row = (cells, tag) => fill(element('tr'), cells.map((cell, column) =>
    fill(element(tag, {class: `align-${table.align[column]}`}), inline(cell, open))));
  const [head, ...body] = table.rows;
  return element('div', {class: 'table-frame', tabindex: '0', role: 'group', 'aria-label': 'table'},
    element('table', {}, element('thead', {}, row(head, 'th')),
      fill(element('tbody'), body.map((cells) => row(cells, 'td')))));
}

function inline(text, open) {
  return parseInline(open ? text.replace(HALF_MARKER, '') : text, {open}).map(renderInline);
}

function renderInline(node) {
  if (typeof node === 'string') return document.createTextNode(node);
  if (node.type === 'code') return element('code', {}, node.text);
  if (node.type === 'break') return element('br');
  const made = node.type === 'link'
    ? element('a', {href: node.href, rel: 'noopener noreferrer nofollow', target: '_blank'})
    : element(INLINE_TAGS[node.type]);
  return fill(made, node.children.map(renderInline));
}

/** A block of code with its language and a button to copy it; lines can be added. */
class CodeView {
  constructor(language) {
    this.language = language;
    this.lines = [];
    this.state = false;
    this.body = element('code');
    this.partial = document.createTextNode('');
    this.body.append(this.partial);
    this.root = element('div', {class: 'code-block'},
      element('div', {class: 'code-head'}, element('span', {}, language || 'code'),
        copyButton('Copy code', () => this.lines.join('\n'))),
      element('pre', {tabindex: '0'}, this.body));
  }

  appendLine(line) {
    this.lines.push(line);
    const {tokens, state} = highlightLine(line, this.language, this.state);
    this.state = state;
    for (const [kind, text] of tokens) {
      this.partial.before(kind ? element('span', {class: `code-${kind}`}, text) : text);
    }
    this.partial.before('\n');
  }

  showPartialLine(text) {
    if (this.partial.data !== text) this.partial.data = text;
  }
}
