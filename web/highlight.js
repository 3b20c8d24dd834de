/**
 * Colours for code: comments, strings, numbers and keywords, enough to see the shape of a program in any language.
 * Works line by line, so that code can be coloured while it arrives. Pure.
 */

const KEYWORDS = new Set(
  ('abstract and as async await auto bool boolean break case catch char class co_await co_return const constexpr continue ' +
   'def default del do done double elif else elseif end enum except export extends extern false False fi final finally ' +
   'float fn for from func function go goto if impl implements import in int interface is lambda let long loop match mod ' +
   'module mut namespace new nil None not null nullptr operator or override package pass print private protected pub ' +
   'public raise range readonly ref return self short signed sizeof static string struct super switch template then this ' +
   'throw throws trait true True try type typedef typename typeof undefined union unless unsigned use using val var ' +
   'virtual void volatile where while with yield ' +
   'SELECT FROM WHERE INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE JOIN LEFT ON GROUP BY ORDER LIMIT AND OR NOT NULL AS')
    .split(' '));
const HASH_COMMENTS = /^(?:py|python|sh|bash|zsh|shell|console|ya?ml|toml|ini|rb|ruby|perl|r|make|makefile|dockerfile|cmake|conf)$/;
const DASH_COMMENTS = /^(?:sql|lua|haskell|hs|ada)$/;
const PLAIN = /^(?:text|txt|plain|plaintext|output|log|markdown|md|diff|csv)?$/;

/**
 * Cuts one line into [kind, text] pairs; kind is '' for plain text. `state` is what the line before returned (false for
 * the first): whether a block comment is open.
 */
export function highlightLine(line, language, state = false) {
  if (PLAIN.test(language)) return {tokens: [['', line]], state: false};
  const tokens = [];
  let rest = line;
  let open = state;
  if (open) {
    const end = rest.indexOf('*/');
    if (end < 0) return {tokens: [['comment', rest]], state: true};
    tokens.push(['comment', rest.slice(0, end + 2)]);
    rest = rest.slice(end + 2);
    open = false;
  }
  for (const [text] of rest.matchAll(patternFor(language))) {
    const kind = kindOf(text, language);
    if (kind === 'comment' && text.startsWith('/*') && !text.endsWith('*/')) open = true;
    tokens.push([kind, text]);
  }
  return {tokens, state: open};
}

const patterns = new Map();

function patternFor(language) {
  const known = patterns.get(commentStyle(language));
  if (known) return known;
  const comment = {hash: '#.*', dash: '--.*', slash: '//.*|/\\*(?:[^*]|\\*(?!/))*(?:\\*/)?'}[commentStyle(language)];
  const pattern = new RegExp(
    `${comment}|"(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.){0,200}'|\`[^\`]*\`?|\\d[\\w.]*|[A-Za-z_$][\\w$]*|[^\\w\\s"'\`#/-]+|\\s+|.`, 'gu');
  patterns.set(commentStyle(language), pattern);
  return pattern;
}

function commentStyle(language) {
  if (HASH_COMMENTS.test(language)) return 'hash';
  return DASH_COMMENTS.test(language) ? 'dash' : 'slash';
}

function kindOf(text, language) {
  const first = text[0];
  if (first === '"' || first === "'" || first === '`') return text.length > 1 ? 'string' : '';
  if (/\d/.test(first)) return 'number';
  if (KEYWORDS.has(text)) return 'keyword';
  const style = commentStyle(language);
  if (style === 'hash' && first === '#') return 'comment';
  if (style === 'dash' && text.startsWith('--')) return 'comment';
  if (style === 'slash' && (text.startsWith('//') || text.startsWith('/*'))) return 'comment';
  return '';
}
