/** Small words for building the page. Data only ever becomes text nodes and attributes, never HTML. */

/**
 * Makes an element. Attributes that are functions are event listeners; `true` sets an empty attribute; `false`, null and
 * undefined set none. Children are nodes or text; null and undefined are skipped.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Appends `children`, however many; a spread of a very long list would overflow the stack. */
export function fill(parent, children) {
  for (const child of children) parent.append(child);
  return parent;
}

/** A picture from the sprite in index.html; decoration, so it has no name. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A button that copies what `text()` returns, and says so. */
export function copyButton(label, text) {
  const button = element('button', {type: 'button', class: 'quiet copy', 'aria-label': label, title: label}, icon('copy'));
  button.addEventListener('click', async () => {
    const copied = await copyText(text());
    button.replaceChildren(icon(copied ? 'check' : 'warning'));
    button.title = copied ? 'Copied' : 'The browser did not allow it';
    setTimeout(() => {
      button.replaceChildren(icon('copy'));
      button.title = label;
    }, 1500);
  });
  return button;
}

/** Copies, also on plain-HTTP pages, where the clipboard interface is missing. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element('textarea', {class: 'visually-hidden', 'aria-hidden': 'true'});
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}

const waiting = new Set();

/** Runs `task` once before the next paint, however often it is asked for. */
export function beforeNextPaint(task) {
  if (waiting.size === 0) requestAnimationFrame(runWaiting);
  waiting.add(task);
}

function runWaiting() {
  const tasks = [...waiting];
  waiting.clear();
  for (const task of tasks) task();
}
