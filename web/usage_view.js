/** What models used and cost: by day, model and conversation, and how full limits and budgets are now. At #/usage. */
import {readHealth} from './access.js';
import {element, fill} from './dom.js';
import {count, duration, plural} from './format.js';
import {barPlot, shareBar} from './plots.js';
import {MEASURES, RANGES, budgetBars, costWords, limitBars, periodName, periods, seriesByKind, seriesByModel, shortCount} from './usage_figures.js';

const RANGE_KEY = 'convoke.usage-range';
const MOST_CONVERSATIONS = 12;
const BREAKER_WORDS = {closed: 'working', open: 'resting after failures', half_open: 'being tried again'};

export class UsageView {
  /** `titleOf(id)` and `hrefOf(id)` tell about a conversation. */
  constructor({section, connection, titleOf, hrefOf}) {
    Object.assign(this, {section, connection, titleOf, hrefOf});
    this.range = RANGES.find(({since}) => since === sessionStorage.getItem(RANGE_KEY)) ?? RANGES[1];
    this.measure = null; // money, unless nothing has a price
    this.asked = 0;
  }

  get isShown() {
    return !this.section.hidden;
  }

  /** Shows the view with figures as they are now. */
  async show() {
    this.section.hidden = false;
    if (!this.figures) this.section.replaceChildren(element('p', {class: 'none', role: 'status'}, 'Adding up …'));
    await this.load();
  }

  hide() {
    this.section.hidden = true;
  }

  async load() {
    this.asked += 1;
    const mine = this.asked;
    const {since, by} = this.range;
    const ask = (keys) => this.connection.ask('usage', {by: keys, since});
    try {
      const [overTime, models, conversations, health] =
        await Promise.all([ask(`${by},model`), ask('provider,model'), ask('conversation'), readHealth()]);
      if (mine !== this.asked) return;
      this.figures = {range: this.range, overTime, models, conversations, health};
      this.draw();
    } catch (error) {
      if (mine !== this.asked) return;
      this.section.replaceChildren(element('p', {class: 'none', role: 'alert'}, `The figures could not be loaded: ${error.message} `,
        element('button', {type: 'button', class: 'small', click: () => this.load()}, 'Try again')));
    }
  }

  draw() {
    const {overTime, models, conversations, health} = this.figures;
    const {total} = overTime;
    const parts = [this.controls(total)];
    if (total.calls === 0) parts.push(element('p', {class: 'none'}, 'No model was called in this time.'));
    else parts.push(summary(total), notes(total), ...this.plots(), modelsTable(models), this.conversationsTable(conversations));
    parts.push(...nowSection(health));
    const focused = document.activeElement?.dataset?.choice;
    this.section.replaceChildren(element('div', {class: 'usage-column'}, ...parts));
    if (focused) this.section.querySelector(`[data-choice="${CSS.escape(focused)}"]`)?.focus();
  }

  chosenMeasure(total) {
    return this.measure ?? (hasMoney(total) ? 'money' : 'tokens');
  }

  controls(total) {
    const choice = (label, options) => element('div', {class: 'choice', role: 'group', 'aria-label': label},
      ...options.map(({name, isChosen, choose}) => element('button', {
        type: 'button', 'data-choice': name, 'aria-pressed': String(isChosen), click: choose}, name)));
    const measure = this.chosenMeasure(total);
    return element('div', {class: 'usage-controls'},
      choice('Time', RANGES.map((range) => ({name: range.name, isChosen: range === this.range, choose: () => this.choose(range)}))),
      choice('Measure', Object.entries(MEASURES).map(([key, {name}]) => ({name, isChosen: key === measure,
        choose: () => { this.measure = key; this.draw(); }}))));
  }

  choose(range) {
    this.range = range;
    sessionStorage.setItem(RANGE_KEY, range.since);
    this.load();
  }

  plots() {
    const {overTime, range} = this.figures;
    const labels = periods(range.by, overTime.since, Date.now());
    const key = this.chosenMeasure(overTime.total);
    const measure = MEASURES[key];
    const per = range.by === 'day' ? 'a day' : 'a month';
    const common = {labels, nameOf: periodName};
    const plots = [barPlot({...common, title: `${measure.name} ${per}, by model`, format: measure.format,
      series: seriesByModel(overTime.rows, range.by, labels, measure, MEASURES[hasMoney(overTime.total) ? 'money' : 'tokens'])})];
    if (key === 'tokens') {
      plots.push(barPlot({...common, title: `Tokens ${per}, by kind`, format: shortCount, series: seriesByKind(overTime.rows, range.by, labels)}));
    }
    return plots;
  }

  conversationsTable({rows}) {
    const named = rows.filter((row) => row.conversation);
    const shown = named.slice(0, MOST_CONVERSATIONS);
    const name = ({conversation}) => {
      const title = this.titleOf(conversation);
      return title ? element('a', {href: this.hrefOf(conversation), dir: 'auto'}, title) : element('span', {class: 'gone'}, 'Deleted or older');
    };
    return ranking({title: 'By conversation', head: 'Conversation', rows: shown, name,
      note: named.length > shown.length ? `The dearest ${shown.length} of ${count(named.length)}.` : ''});
  }
}

const hasMoney = ({cost}) => Number(cost ?? 0) > 0;

function summary(total) {
  const cached = total.input_tokens > 0 ? Math.round((100 * total.cached_tokens) / total.input_tokens) : 0;
  const tile = (name, value, more) => element('div', {class: 'tile'},
    element('dt', {}, name), element('dd', {}, element('strong', {}, value), more ? element('span', {}, more) : null));
  const unfinished = total.unfinished_calls > 0 ? `${count(total.unfinished_calls)} did not end well` : 'all ended well';
  return element('dl', {class: 'tiles'},
    tile('Cost', total.cost === null ? 'unknown' : costWords({...total, unpriced_calls: 0}), total.cost === null ? 'no prices' : total.unpriced_calls > 0 ? 'US dollars, of what has a price' : 'US dollars'),
    tile('Input', shortCount(total.input_tokens), `tokens, ${cached} % from the cache`),
    tile('Output', shortCount(total.output_tokens), total.reasoning_tokens > 0 ? `tokens, ${shortCount(total.reasoning_tokens)} of reasoning` : 'tokens'),
    tile('Calls', count(total.calls), unfinished));
}

function notes({unpriced_calls: unpriced, estimated_calls: estimated, calls}) {
  const lines = [];
  if (unpriced > 0) {
    const which = unpriced === calls ? (calls === 1 ? 'the one call' : `all ${count(calls)} calls`) : `${count(unpriced)} of ${plural(calls, 'call')}`;
    lines.push(element('p', {class: 'usage-note'}, `The price of ${which} is unknown and not in these figures. `,
      'Run ', element('code', {}, 'convoke prices update'), ', or set ', element('code', {}, 'prices'), ' of the provider in config.yaml.'));
  }
  if (estimated > 0) lines.push(element('p', {class: 'usage-note quiet-note'}, `The tokens of ${plural(estimated, 'call')} are Convoke's own count; the provider sent none.`));
  return lines.length > 0 ? element('div', {class: 'usage-notes'}, ...lines) : null;
}

function modelsTable({rows}) {
  return ranking({title: 'By model', head: 'Model', rows, note: '',
    name: ({provider, model}) => element('span', {}, model || 'unnamed', element('span', {class: 'provider'}, provider))});
}

/** Rows with a bar for their share of the largest: of money where there is any, else of tokens. */
function ranking({title, head, rows, name, note}) {
  if (rows.length === 0) return null;
  const amount = rows.some(hasMoney) ? MEASURES.money.of : MEASURES.tokens.of;
  const largest = Math.max(...rows.map(amount), Number.MIN_VALUE);
  const lines = rows.map((row) => element('tr', {},
    element('th', {scope: 'row'}, name(row), shareBar(amount(row) / largest)),
    element('td', {}, costWords(row)),
    element('td', {title: count(row.input_tokens)}, shortCount(row.input_tokens)),
    element('td', {title: count(row.output_tokens)}, shortCount(row.output_tokens)),
    element('td', {}, count(row.calls))));
  const heads = [head, 'Cost', 'Input', 'Output', 'Calls'].map((word) => element('th', {scope: 'col'}, word));
  return element('section', {class: 'ranking'}, element('h2', {}, title),
    element('div', {class: 'table-scroller'}, element('table', {}, element('thead', {}, element('tr', {}, ...heads)), fill(element('tbody'), lines))),
    note ? element('p', {class: 'none'}, note) : null);
}

/** Limits, budgets and breakers as they are this moment. */
function nowSection({models = [], budgets = []}) {
  const bars = (list) => list.map(({name, share, words}) => element('li', {class: 'gauge'},
    element('span', {}, name), element('span', {class: 'gauge-words'}, words), shareBar(share, share >= 0.95 ? 'full' : share >= 0.8 ? 'high' : '')));
  const breaker = ({breaker: state = 'closed', breaker_rests_ms: rests}) => element('span', {class: 'breaker', 'data-state': state},
    BREAKER_WORDS[state] ?? state, rests > 0 ? `, ${duration(rests)} more` : '');
  const traffic = (lane) => [lane.in_flight > 0 ? `${count(lane.in_flight)} running` : '', lane.waiting > 0 ? `${count(lane.waiting)} waiting` : '',
    lane.rate_limited > 0 ? `${count(lane.rate_limited)} rate-limited` : '', lane.refused > 0 ? `${count(lane.refused)} refused` : ''].filter(Boolean).join(' · ');
  const lanes = models.map((lane) => element('li', {class: 'lane'},
    element('p', {class: 'lane-head'}, element('span', {class: 'lane-name'}, `${lane.model}`, element('span', {class: 'provider'}, lane.provider)), breaker(lane)),
    traffic(lane) ? element('p', {class: 'lane-traffic'}, traffic(lane)) : null,
    fill(element('ul', {}), bars(limitBars(lane)))));
  const purses = budgets.flatMap(budgetBars);
  if (lanes.length + purses.length === 0) return [];
  return [element('section', {class: 'now'}, element('h2', {}, 'Right now'),
    purses.length > 0 ? fill(element('ul', {class: 'purses'}), bars(purses)) : null,
    lanes.length > 0 ? fill(element('ul', {class: 'lanes'}), lanes) : null)];
}
