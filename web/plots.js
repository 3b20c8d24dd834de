/** Plots as SVG, drawn anew when their place changes size, so that letters and lines keep theirs. */
import {element, fill} from './dom.js';
import {ticks} from './usage_figures.js';

const HEIGHT = 220;
const BELOW = 26;
const ABOVE = 10;
const WIDEST_BAR = 44;
const LETTER = 6.6; // an average letter of an axis, in pixels

/** An SVG element. */
function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Stacked bars over time. `labels` has a name for each bar, `nameOf(label, isShort)` says it; `series` is
 * `[{name, values}]` from the ground up, `format` writes a value. Pointing at a bar tells its values; the table below
 * tells them to everybody.
 */
export function barPlot({title, labels, series, nameOf, format}) {
  const place = element('div', {class: 'plot-place'});
  const readout = element('div', {class: 'readout', hidden: true});
  place.append(readout);
  const totals = labels.map((_, i) => series.reduce((sum, one) => sum + one.values[i], 0));
  const draw = () => {
    place.querySelector('svg')?.remove();
    const width = Math.max(240, place.clientWidth);
    place.prepend(bars({title, labels, series, totals, nameOf, format, width, readout}));
  };
  new ResizeObserver(draw).observe(place);
  return element('figure', {class: 'plot'},
    element('figcaption', {}, element('h2', {}, title), series.length > 1 ? legend(series) : null),
    place,
    valuesAsTable({title, labels, series, totals, nameOf, format}));
}

function bars({title, labels, series, totals, nameOf, format, width, readout}) {
  const scale = ticks(Math.max(...totals));
  const left = Math.ceil(Math.max(...scale.map((tick) => format(tick).length)) * LETTER) + 12;
  const ground = HEIGHT - BELOW;
  const y = (value) => ground - (value / scale.at(-1)) * (ground - ABOVE);
  const step = (width - left) / labels.length;
  const bar = Math.min(WIDEST_BAR, Math.max(2, step * 0.72));
  const picture = svg('svg', {class: 'bars', width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': title});

  for (const tick of scale) {
    picture.append(svg('line', {class: tick === 0 ? 'ground' : 'rule', x1: left, x2: width, y1: y(tick), y2: y(tick)}),
      svg('text', {class: 'axis', x: left - 8, y: y(tick) + 4, 'text-anchor': 'end'}, format(tick)));
  }
  const widest = Math.max(...labels.map((label) => nameOf(label, true).length)) * LETTER + 14;
  const every = Math.max(1, Math.ceil(widest / step));
  labels.forEach((label, i) => {
    const middle = left + step * (i + 0.5);
    const fromEnd = labels.length - 1 - i;
    if (fromEnd % every === 0) {
      picture.append(svg('text', {class: 'axis', x: middle, y: HEIGHT - 6, 'text-anchor': 'middle'}, nameOf(label, true)));
    }
    const column = svg('g', {class: 'column'},
      svg('rect', {class: 'reach', x: left + step * i, y: 0, width: step, height: ground}));
    let value = 0;
    series.forEach((one, n) => {
      if (!(one.values[i] > 0)) return;
      const top = y(value + one.values[i]);
      // A thin gap between the parts; what is there stays visible however small it is.
      const height = Math.max(1.5, y(value) - top - (value > 0 ? 1 : 0));
      column.append(svg('rect', {class: `series-${n}`, x: middle - bar / 2, y: top, width: bar, height, rx: Math.min(2, height / 2)}));
      value += one.values[i];
    });
    column.addEventListener('pointerenter', () => tell({readout, label, i, series, total: totals[i], nameOf, format, x: middle, width}));
    column.addEventListener('pointerleave', () => (readout.hidden = true));
    picture.append(column);
  });
  return picture;
}

function tell({readout, label, i, series, total, nameOf, format, x, width}) {
  const parts = series.map((one, n) => ({...one, n})).filter((one) => one.values[i] > 0).reverse();
  readout.replaceChildren(element('strong', {}, nameOf(label)), element('span', {}, format(total)),
    ...(series.length > 1 ? parts : []).flatMap((one) => [
      element('span', {class: `key series-${one.n}`}, one.name), element('span', {}, format(one.values[i]))]));
  readout.hidden = false;
  const half = readout.offsetWidth / 2;
  readout.style.left = `${Math.min(Math.max(x, half), width - half) - half}px`;
}

function legend(series) {
  return fill(element('ul', {class: 'legend'}), series.map((one, n) => element('li', {class: `key series-${n}`}, one.name)));
}

/** The same values for those who do not see the picture, or want to read them. */
function valuesAsTable({title, labels, series, totals, nameOf, format}) {
  const head = element('tr', {}, element('th', {scope: 'col'}, 'When'), ...series.map((one) => element('th', {scope: 'col'}, one.name)),
    series.length > 1 ? element('th', {scope: 'col'}, 'Together') : null);
  const rows = labels.map((label, i) => element('tr', {}, element('th', {scope: 'row'}, nameOf(label)),
    ...series.map((one) => element('td', {}, format(one.values[i]))),
    series.length > 1 ? element('td', {}, format(totals[i])) : null));
  return element('details', {class: 'values'}, element('summary', {}, 'As a table'),
    element('div', {class: 'table-scroller', tabindex: '0', role: 'group', 'aria-label': `${title}, as a table`},
      element('table', {}, element('thead', {}, head), fill(element('tbody'), rows.reverse()))));
}

/** A bar that shows a share from 0 to 1, next to the words that say the same. */
export function shareBar(share, kind = '') {
  const width = 100;
  return svg('svg', {class: `share ${kind}`, viewBox: `0 0 ${width} 6`, preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    svg('rect', {class: 'part', width: share > 0 ? Math.max(0.7, share * width) : 0, height: 6}));
}
