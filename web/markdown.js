/**
 * Markdown as models write it, block by block. Pure: text in, tree out; markdown_view.js makes it visible.
 *
 * A block is one of
 *   {type: 'paragraph', text}            {type: 'heading', level, text}       {type: 'rule'}
 *   {type: 'code', language, text, closed}                                    {type: 'quote', blocks}
 *   {type: 'list', ordered, start, loose, items: [{checked, blocks}]}         {type: 'table', align, rows}
 * where `text` of a paragraph or heading and the cells of a table (rows[0] is the head) are for parseInline().
 *
 * Of CommonMark it leaves out what models do not write and strangers may abuse: HTML is text, indented code and
 * underlined headings are paragraphs, link references are not followed.
 */

const MAX_DEPTH = 12;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`\n]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const QUOTE = /^ {0,3}>/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?: |$)/;
const DELIMITER_CELL = /^:?-+:?$/;

/** The blocks of `text`, each with `line`, the number of the line it begins at. */
export function parseBlocks(text) {
  return parseLines(text.split('\n'), 0);
}

function parseLines(lines, depth) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === '') {
      at++;
      continue;
    }
    const {block, next} = readBlock(lines, at, depth);
    block.line = at;
    blocks.push(block);
    at = next;
  }
  return blocks;
}

function readBlock(lines, at, depth) {
  const line = lines[at];
  const fence = openFence(line);
  if (fence) return readCode(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading) return {block: readHeading(line, heading), next: at + 1};
  if (isRule(line)) return {block: {type: 'rule'}, next: at + 1};
  if (isTableStart(lines, at)) return readTable(lines, at);
  if (depth < MAX_DEPTH) {
    if (QUOTE.test(line)) return readQuote(lines, at, depth);
    if (ITEM.test(line)) return readList(lines, at, depth);
  }
  return readParagraph(lines, at, depth);
}

/** {marker, language} when `line` opens a fenced code block, else null. */
export function openFence(line) {
  const match = FENCE.exec(line);
  return match && {marker: match[1], language: match[2].trim().split(/\s/, 1)[0].toLowerCase()};
}

/** Whether `line` ends the code block that `marker` opened. */
export function closesFence(line, marker) {
  const text = line.trim();
  return text.length >= marker.length && text[0] === marker[0] && isRepeated(text);
}

function readCode(lines, at, fence) {
  let end = at + 1;
  while (end < lines.length && !closesFence(lines[end], fence.marker)) end++;
  const text = lines.slice(at + 1, end).join('\n');
  return {block: {type: 'code', language: fence.language, text, closed: end < lines.length}, next: end + 1};
}

function readHeading(line, match) {
  let text = line.slice(match[0].length).trim();
  let end = text.length;
  while (text[end - 1] === '#') end--;
  if (end === 0 || text[end - 1] === ' ') text = text.slice(0, end).trim();
  return {type: 'heading', level: match[1].length, text};
}

function isRule(line) {
  const text = line.trim();
  if (!'-*_'.includes(text[0])) return false;
  const marks = text.replaceAll(' ', '');
  return marks.length >= 3 && isRepeated(marks);
}

function isRepeated(text) {
  return text === text[0].repeat(text.length);
}

function readQuote(lines, at, depth) {
  let end = at;
  const inner = [];
  while (end < lines.length && (QUOTE.test(lines[end]) || isContinuation(lines, end, inner))) {
    inner.push(lines[end].replace(/^ {0,3}> ?/, ''));
    end++;
  }
  return {block: {type: 'quote', blocks: parseLines(inner, depth + 1)}, next: end};
}

/** A line that goes on with the paragraph before it, though it lacks the mark of its quote or list item. */
function isContinuation(lines, at, before) {
  const previous = before.at(-1) ?? '';
  return previous.trim() !== '' && lines[at].trim() !== '' && !startsBlock(lines, at) && !openFence(previous) &&
         !HEADING.test(previous);
}

function startsBlock(lines, at) {
  const line = lines[at];
  const item = ITEM.exec(line);
  return Boolean(openFence(line) || HEADING.test(line) || QUOTE.test(line) || isRule(line) || isTableStart(lines, at) ||
                 (item && (!/\d/.test(item[2]) || Number.parseInt(item[2], 10) === 1)));
}

function readParagraph(lines, at, depth) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() !== '' && (depth >= MAX_DEPTH || !startsBlock(lines, end))) end++;
  const text = lines.slice(at, end).map((line) => line.trim()).join('\n');
  return {block: {type: 'paragraph', text}, next: end};
}

function readList(lines, at, depth) {
  const first = ITEM.exec(lines[at]);
  const list = {type: 'list', ordered: /\d/.test(first[2]), start: Number.parseInt(first[2], 10), loose: false, items: []};
  while (at < lines.length) {
    const match = ITEM.exec(lines[at]);
    if (!match || match[2].at(-1) !== first[2].at(-1) || isRule(lines[at])) break;
    const item = readItem(lines, at, match);
    list.items.push(makeItem(item.lines, depth));
    list.loose ||= item.endsBlank && item.next < lines.length && ITEM.test(lines[item.next]);
    at = item.next;
  }
  return {block: list, next: at};
}

/** The lines of one item without their indentation, and where the next thing begins. */
function readItem(lines, at, match) {
  // Models often indent nested lists by two, whatever the width of the marker.
  const content = match[0].trimEnd().length + 1;
  const nested = match[1].length + 2;
  const inner = [lines[at].slice(match[0].length)];
  let blanks = 0;
  let fence = openFence(inner[0]);
  let end = at + 1;
  for (; end < lines.length; end++) {
    const line = lines[end];
    if (line.trim() === '') {
      blanks++;
      continue;
    }
    const indent = line.length - line.trimStart().length;
    if (indent < nested && (blanks > 0 || fence || startsItem(line) || !isContinuation(lines, end, inner))) break;
    while (blanks > 0) {
      inner.push('');
      blanks--;
    }
    const text = line.slice(Math.min(indent, content));
    inner.push(text);
    if (fence) fence = closesFence(text, fence.marker) ? null : fence;
    else fence = openFence(text);
  }
  return {lines: inner, next: end, endsBlank: blanks > 0};
}

function startsItem(line) {
  return ITEM.test(line);
}

function makeItem(lines, depth) {
  const task = /^\[([ xX])\] /.exec(lines[0]);
  if (task) lines[0] = lines[0].slice(task[0].length);
  return {checked: task ? task[1] !== ' ' : null, blocks: parseLines(lines, depth + 1)};
}

function isTableStart(lines, at) {
  if (!lines[at].includes('|') || at + 1 >= lines.length || !/^[ \t|:-]+$/.test(lines[at + 1])) return false;
  const delimiters = cellsOf(lines[at + 1]);
  return lines[at + 1].includes('-') && delimiters.every((cell) => DELIMITER_CELL.test(cell)) &&
         delimiters.length === cellsOf(lines[at]).length;
}

function readTable(lines, at) {
  const align = cellsOf(lines[at + 1]).map((cell) => {
    if (cell.endsWith(':')) return cell.startsWith(':') ? 'center' : 'end';
    return 'start';
  });
  const rows = [cellsOf(lines[at])];
  let end = at + 2;
  while (end < lines.length && lines[end].includes('|')) {
    const cells = cellsOf(lines[end]);
    rows.push(align.map((_, column) => cells[column] ?? ''));
    end++;
  }
  return {block: {type: 'table', align, rows}, next: end};
}

/** The cells of a table's line; `\|` and a `|` in code do not divide. */
function cellsOf(line) {
  const cells = [''];
  let inCode = false;
  for (const piece of line.trim().replace(/^\|/, '').split(/(\\\||\||`)/)) {
    if (piece === '`') inCode = !inCode;
    if (piece === '|' && !inCode) cells.push('');
    else cells[cells.length - 1] += piece === '\\|' ? '|' : piece;
  }
  if (cells.at(-1).trim() === '' && cells.length > 1) cells.pop();
  return cells.map((cell) => cell.trim());
}
