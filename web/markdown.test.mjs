import assert from 'node:assert/strict';
import {describe, it} from 'node:test';

import {highlightLine} from './highlight.js';
import {parseBlocks} from './markdown.js';
import {parseInline, safeHref} from './markdown_inline.js';
import {MarkdownStream, renderMarkdown} from './markdown_view.js';
import {installTinyDocument} from './tiny_dom.mjs';

installTinyDocument();

const megabyte = 1_000_000;

/** What `text` looks like, without what does not concern its meaning. */
function html(text) {
  return simplify(renderMarkdown(text).map((node) => node.html()).join(''));
}

function simplify(markup) {
  return markup.replaceAll(/<button.*?<\/button>/gs, '')
    .replaceAll(' rel="noopener noreferrer nofollow" target="_blank"', '')
    .replaceAll(' class="table-frame" tabindex="0" role="group" aria-label="table"', '')
    .replaceAll(' tabindex="0"', '').replaceAll(' class="align-start"', '');
}

/** What a stream shows after `pieces`; `seen` gets what it showed on the way. */
function streamed(pieces, seen) {
  const container = document.createElement('div');
  const stream = new MarkdownStream(container);
  for (const piece of pieces) {
    stream.append(piece);
    stream.draw();
    seen?.push(simplify(container.html()));
  }
  stream.finish();
  return simplify(container.children.map((node) => node.html()).join(''));
}

/** All the work of understanding `text`, without building nodes. */
function parseAll(text) {
  const visit = (block) => {
    if (block.type === 'code') block.text.split('\n').forEach((line) => highlightLine(line, block.language));
    else if (block.text) parseInline(block.text);
    block.rows?.flat().forEach((cell) => parseInline(cell));
    block.items?.forEach((item) => item.blocks.forEach(visit));
    block.blocks?.forEach(visit);
  };
  parseBlocks(text).forEach(visit);
}

function millisecondsOf(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

describe('Inline Markdown', () => {
  const cases = [
    ['**bold** and *slanted* and ~~gone~~', '<strong>bold</strong> and <em>slanted</em> and <s>gone</s>'],
    ['***both***', '<strong><em>both</em></strong>'],
    ['**bold *and slanted***', '<strong>bold <em>and slanted</em></strong>'],
    ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
    ['an **unclosed one', 'an **unclosed one'],
    ['`a < b` and ``c ` d``', '<code>a &lt; b</code> and <code>c ` d</code>'],
    ['**not `in ** code`**', '<strong>not <code>in ** code</code></strong>'],
    ['\\*literal\\* &amp; &lt;', '*literal* &amp; &lt;'],
    ['one\ntwo', 'one<br></br>two'],
    ['[a **link**](https://example.com/a_(b) "title")', '<a href="https://example.com/a_(b)">a <strong>link</strong></a>'],
    ['see https://example.com/x_y_z.', 'see <a href="https://example.com/x_y_z">https://example.com/x_y_z</a>.'],
    ['(https://example.com)', '(<a href="https://example.com">https://example.com</a>)'],
    ['<https://example.com>', '<a href="https://example.com">https://example.com</a>'],
    ['![a cat](https://example.com/cat.png)', '<a href="https://example.com/cat.png">a cat</a>'],
    ['[not a link] (really)', '[not a link] (really)'],
  ];
  for (const [text, expected] of cases) {
    it(`shows ${JSON.stringify(text)}`, () => assert.equal(html(text), `<p>${expected}</p>`));
  }

  it('closes open markers at the end while text still arrives', () => {
    assert.deepEqual(parseInline('a **bold and `code', {open: true}),
      ['a ', {type: 'strong', children: ['bold and ', {type: 'code', text: 'code'}]}]);
  });
});

describe('Markdown blocks', () => {
  const cases = {
    'headings of every level': ['# One\n### Three ###', '<h3>One</h3><h5>Three</h5>'],
    'paragraphs divided by blank lines': ['one\n\n\ntwo', '<p>one</p><p>two</p>'],
    'rules': ['a\n\n---\n\n* * *', '<p>a</p><hr></hr><hr></hr>'],
    'quotes with blocks inside': ['> # Title\n> words\ngo on\n\nafter',
      '<blockquote><h3>Title</h3><p>words<br></br>go on</p></blockquote><p>after</p>'],
    'tight lists': ['- one\n- two', '<ul><li>one</li><li>two</li></ul>'],
    'loose lists': ['- one\n\n- two', '<ul><li><p>one</p></li><li><p>two</p></li></ul>'],
    'nested lists, indented by two or by the marker': ['1. one\n  - a\n   - b\n2. two',
      '<ol><li>one<ul><li>a</li><li>b</li></ul></li><li>two</li></ol>'],
    'a list that starts elsewhere': ['3. three', '<ol start="3"><li>three</li></ol>'],
    'a list right after a paragraph': ['these:\n- a', '<p>these:</p><ul><li>a</li></ul>'],
    'tasks': ['- [x] done\n- [ ] open',
      '<ul><li class="task"><input type="checkbox" disabled="" checked="" aria-label="task"></input> done</li>' +
      '<li class="task"><input type="checkbox" disabled="" aria-label="task"></input> open</li></ul>'],
    'tables': ['| a | b |\n|---|--:|\n| `x|y` | 2 |\n| 3 |\n\nafter',
      '<div><table><thead><tr><th>a</th><th class="align-end">b</th></tr></thead><tbody><tr><td><code>x|y</code></td>' +
      '<td class="align-end">2</td></tr><tr><td>3</td><td class="align-end"></td></tr></tbody></table></div><p>after</p>'],
  };
  for (const [what, [text, expected]] of Object.entries(cases)) {
    it(`shows ${what}`, () => assert.equal(html(text), expected));
  }

  it('keeps fenced code as it is', () => {
    const [block] = parseBlocks('```C++ title\nint a = 1;\n\n  # no heading\n```');
    assert.deepEqual({...block}, {type: 'code', language: 'c++', text: 'int a = 1;\n\n  # no heading', closed: true, line: 0});
  });

  it('keeps code inside a list item, though a line of it is blank', () => {
    const [list] = parseBlocks('1. do\n   ```\n   a\n\n   b\n   ```\n2. done');
    assert.deepEqual(list.items.map((item) => item.blocks.map((block) => block.text)), [['do', 'a\n\nb'], ['done']]);
  });
});

describe('Hostile Markdown', () => {
  it('never becomes an element that was not meant', () => {
    const attacks = '<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1)) ' +
      '[b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>) ![d](x" onerror="alert(1)) <javascript:alert(1)> ' +
      '[e](vbscript:x) [f](//evil.example) [g](file:///etc/passwd) [h](&#106;avascript:alert(1))\n\n' +
      '```"><script>\n</code><script>alert(1)</script>\n```\n| <b>x</b> |\n|---|\n| <svg onload=alert(1)> |';
    const container = document.createElement('div');
    container.append(...renderMarkdown(attacks));
    const elements = [...container.all()];
    const safe = ['div', 'p', 'a', 'code', 'pre', 'span', 'button', 'svg', 'use', 'table', 'thead', 'tbody', 'tr', 'th', 'td'];
    assert.deepEqual(elements.filter((one) => !safe.includes(one.tag)), []);
    assert.deepEqual(elements.filter((one) => one.tag === 'a'), []);
    assert.deepEqual(elements.flatMap((one) => [...one.attributes.keys()]).filter((name) => name.startsWith('on')), []);
    assert.ok(container.textContent.includes('<script>alert(1)</script>'));
  });

  it('links to the web and to mail only', () => {
    assert.equal(safeHref('https://example.com'), 'https://example.com');
    assert.equal(safeHref('mailto:a@example.com'), 'mailto:a@example.com');
    for (const address of ['javascript:alert(1)', ' javascript:x', 'java\nscript:x', 'data:text/html,x', '/local', '#x',
      'https:evil', 'https://a b', `https://${'x'.repeat(3000)}`]) {
      assert.equal(safeHref(address), null, address);
    }
  });

  it('does not fall over deep nesting', () => {
    const depth = (node) => 1 + Math.max(0, ...(node.children ?? []).map(depth));
    for (const text of ['>'.repeat(5000) + ' x', '- '.repeat(5000) + 'x', '['.repeat(5000) + 'x' + '](y)'.repeat(5000),
      '*_'.repeat(5000) + 'x' + '_*'.repeat(5000)]) {
      const container = document.createElement('div');
      renderMarkdown(text).forEach((node) => container.append(node));
      assert.ok(depth(container) < 50);
    }
  });

  const bombs = {
    'words': 'lorem ipsum dolor ', 'lines': 'lorem ipsum\n', 'paragraphs': 'lorem\n\n', 'stars': '*', 'star words': '*a ',
    'stars and lines': '**a _b ~~c ', 'backticks of all widths': '` `` ``` a ', 'brackets': '[', 'closing brackets': ']',
    'links': '[a](', 'more links': '[](x', 'nested links': '[a](b) ', 'angles': '<', 'addresses': 'https://a ',
    'angle addresses': '<https://', 'backslashes': '\\', 'quotes': '> ', 'quote lines': '> a\n', 'items': '- a\n',
    'items in items': '- ', 'numbers': '1. a\n\n', 'pipes': '|', 'table rows': '| a | b |\n|---|---|\n', 'dashes': '-',
    'dashes and spaces': '- - -\n', 'hashes': '# ', 'hash ends': '# #', 'spaces': ' ', 'tabs': '\t', 'fences': '```\n',
    'tildes': '~~~ a\n', 'ampersands': '&', 'parentheses': '[a]((((', 'fenced strings': '```js\n"\\" \'a /* \'\n',
  };
  for (const [what, piece] of Object.entries(bombs)) {
    it(`takes a megabyte of ${what} in linear time`, () => {
      const text = piece.repeat(megabyte / piece.length);
      const small = text.slice(0, megabyte / 8);
      millisecondsOf(() => parseAll(small));
      const short = millisecondsOf(() => parseAll(small));
      const long = millisecondsOf(() => parseAll(text));
      assert.ok(long < 8 * 4 * short + 500, `${short.toFixed()} ms for an eighth, ${long.toFixed()} ms for all`);
    });
  }
});

describe('Streamed Markdown', () => {
  const text = '# Title\n\nSome **bold** words and `code`, then a [link](https://example.com).\n\n1. one\n   - nested\n' +
    '2. two\n\n```python\ndef f(x):\n    return x  # twice\n```\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted\n> more\n\nThe end.';

  it('ends up like the whole text, however it was cut', () => {
    for (const size of [1, 2, 3, 7, 50]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g'));
      assert.equal(streamed(pieces), html(text), `pieces of ${size}`);
    }
  });

  it('never shows markers that are only half there', () => {
    const seen = [];
    streamed([...text], seen);
    for (const shown of seen) assert.doesNotMatch(shown, /\*\*|```|\]\(|\||&gt;/);
  });

  it('leaves an unfinished end as it stands', () => {
    assert.equal(streamed(['```js\nlet a']), html('```js\nlet a'));
    assert.equal(streamed(['a **b']), '<p>a **b</p>');
    assert.equal(streamed(['- a\n', '-']), html('- a\n-'));
  });

  it('draws finished blocks once', () => {
    const container = document.createElement('div');
    const stream = new MarkdownStream(container);
    stream.append('one\n\ntwo');
    stream.draw();
    const [first] = container.children;
    stream.append(' goes on\n\nthree');
    stream.draw();
    assert.equal(container.children[0], first);
    assert.equal(container.children.length, 3);
  });

  for (const [what, piece] of Object.entries({'one paragraph': 'lorem **ipsum** ', 'one list': '- lorem\n', 'paragraphs': 'lorem\n\n'})) {
    it(`takes a megabyte of ${what} in small pieces in linear time`, () => {
      const pieces = (length) => Array.from({length: length / 64}, () => piece.repeat(Math.ceil(64 / piece.length)));
      millisecondsOf(() => streamed(pieces(megabyte / 8)));
      const short = millisecondsOf(() => streamed(pieces(megabyte / 8)));
      const long = millisecondsOf(() => streamed(pieces(megabyte)));
      assert.ok(long < 8 * 4 * short + 1000, `${short.toFixed()} ms for an eighth, ${long.toFixed()} ms for all`);
    });
  }

  it('takes a megabyte of code in small pieces in linear time', () => {
    const lines = Array.from({length: 20_000}, (_, line) => `  call(${line}, "some words in a string");\n`);
    assert.ok(millisecondsOf(() => streamed(['```js\n', ...lines, '```\n'])) < 5000);
  });
});

describe('Highlighting', () => {
  const kinds = (line, language) => highlightLine(line, language).tokens.filter(([kind]) => kind);

  it('finds comments, strings, numbers and keywords', () => {
    assert.deepEqual(kinds('return "a\\"b" + 42; // why', 'cpp'),
      [['keyword', 'return'], ['string', '"a\\"b"'], ['number', '42'], ['comment', '// why']]);
    assert.deepEqual(kinds('x = 1  # why', 'python'), [['number', '1'], ['comment', '# why']]);
  });

  it('remembers an open comment', () => {
    const {state} = highlightLine('a /* b', 'js');
    assert.equal(state, true);
    assert.deepEqual(highlightLine('c */ let', 'js', state).tokens, [['comment', 'c */'], ['', ' '], ['keyword', 'let']]);
  });

  it('changes no character', () => {
    const line = 'it\'s `x` <b> a->b /x/ é 🎉 "open';
    assert.equal(highlightLine(line, 'rust').tokens.map(([, text]) => text).join(''), line);
  });
});
