/**
 * What a question brings along: a prompt of a tool server, which begins with a slash, and resources, which begin with an @.
 * Chosen from a menu over the composer, shown there as chips.
 */
import {ArgumentForm} from './argument_form.js';
import {element, icon} from './dom.js';

const MOST_SHOWN = 50;

export class Materials {
  /** `box` is where menu, forms and chips are; `onChange` hears when something was chosen or dropped. */
  constructor({input, box, connection, onChange}) {
    Object.assign(this, {input, connection, onChange});
    this.menu = element('ul', {id: 'materials-menu', role: 'listbox', 'aria-label': 'Prompts and resources', hidden: true});
    this.form = element('div', {class: 'argument-form', hidden: true});
    this.chips = element('div', {class: 'chips'});
    box.append(this.menu, this.form, this.chips);
    this.options = [];
    this.clear();
    input.setAttribute('aria-controls', this.menu.id);
    input.setAttribute('aria-autocomplete', 'list');
    input.addEventListener('input', () => this.typed());
    // A click into the menu takes the focus for a moment.
    input.addEventListener('blur', () => setTimeout(() => document.activeElement !== input && this.close(), 150));
    // Before the composer hears of it: Enter chooses while the menu is open.
    input.form.addEventListener('keydown', (event) => event.target === input && this.pressed(event), {capture: true});
  }

  /** As the members of a `chat` payload. */
  get chosen() {
    const chosen = {};
    if (this.prompt) chosen.prompt = this.prompt;
    if (this.attachments.length > 0) chosen.attachments = this.attachments;
    return chosen;
  }

  get isEmpty() {
    return !this.prompt && this.attachments.length === 0;
  }

  clear() {
    this.prompt = null;
    this.attachments = [];
    this.close();
    this.closeForm();
    this.showChips();
  }

  // ---- the menu -----------------------------------------------------------------------------------------------------

  async typed() {
    const before = this.input.value.slice(0, this.input.selectionStart);
    const slash = /^\/(\S*)$/.exec(before);
    const at = /(?:^|\s)@(\S*)$/.exec(before);
    if (!slash && !at) return this.close();
    this.token = slash ? slash[0] : `@${at[1]}`;
    const mine = this.token;
    let options;
    try {
      options = slash ? await this.prompts() : await this.resources();
    } catch {
      return this.close();
    }
    if (mine !== this.token || document.activeElement !== this.input) return undefined;
    const wanted = this.token.slice(1).toLowerCase();
    return this.open(options.filter(({words}) => words.toLowerCase().includes(wanted)).slice(0, MOST_SHOWN), Boolean(slash));
  }

  async prompts() {
    const {prompts = []} = await this.connection.ask('prompts.list');
    return prompts.map((prompt) => ({label: `/${prompt.name}`, about: prompt.title ?? prompt.description ?? '', server: prompt.server,
      words: `${prompt.name} ${prompt.title ?? ''}`, choose: () => this.choosePrompt(prompt)}));
  }

  async resources() {
    const {resources = [], templates = []} = await this.connection.ask('resources.list');
    return [...resources.map((one) => ({label: one.title ?? one.name, about: one.uri, server: one.server,
      words: `${one.name} ${one.title ?? ''} ${one.uri}`, choose: () => this.attach(one.uri, one.server)})),
    ...templates.map((one) => ({label: `${one.title ?? one.name} …`, about: one.uri_template, server: one.server,
      words: `${one.name} ${one.title ?? ''} ${one.uri_template}`, choose: () => this.chooseTemplate(one)}))];
  }

  open(options, isPrompts) {
    this.options = options;
    const nothing = isPrompts ? 'No prompt is called that.' : 'No resource is called that.';
    this.menu.replaceChildren(...options.map(({label, about, server}, index) =>
      element('li', {id: `material-${index}`, role: 'option', mousedown: (event) => event.preventDefault(), click: () => this.choose(index)},
        element('span', {class: 'material-label', dir: 'auto'}, label), element('span', {class: 'material-about', dir: 'auto'}, about),
        element('span', {class: 'material-server'}, server))));
    if (options.length === 0) this.menu.append(element('li', {class: 'none'}, nothing));
    this.menu.hidden = false;
    this.mark(0);
  }

  close() {
    this.token = null;
    this.menu.hidden = true;
    this.options = [];
    this.input.removeAttribute('aria-activedescendant');
  }

  mark(index) {
    if (this.options.length === 0) return;
    this.marked = (index + this.options.length) % this.options.length;
    [...this.menu.children].forEach((item, at) => item.setAttribute('aria-selected', String(at === this.marked)));
    this.menu.children[this.marked].scrollIntoView({block: 'nearest'});
    this.input.setAttribute('aria-activedescendant', `material-${this.marked}`);
  }

  pressed(event) {
    if (event.key === 'Backspace' && this.input.value === '' && !this.isEmpty) return this.dropLast();
    if (this.menu.hidden || event.isComposing) return undefined;
    if (event.key === 'Escape') this.close();
    else if (this.options.length === 0) return undefined;
    else if (event.key === 'ArrowDown') this.mark(this.marked + 1);
    else if (event.key === 'ArrowUp') this.mark(this.marked - 1);
    else if (event.key === 'Enter' || event.key === 'Tab') this.choose(this.marked);
    else return undefined;
    event.preventDefault();
    return event.stopPropagation();
  }

  choose(index) {
    const {choose} = this.options[index];
    const end = this.input.selectionStart;
    const begin = end - this.token.length;
    this.input.setRangeText('', begin, end, 'end');
    this.close();
    choose();
    this.changed();
  }

  // ---- what is chosen -----------------------------------------------------------------------------------------------

  choosePrompt(prompt) {
    const use = (values) => {
      this.prompt = {name: prompt.name, server: prompt.server, arguments: values};
      this.changed();
    };
    if ((prompt.arguments ?? []).length === 0) return use({});
    return this.fillIn(`/${prompt.name}`, prompt.arguments, {server: prompt.server, prompt: prompt.name}, use);
  }

  chooseTemplate({uri_template: template, name, title, server}) {
    const variables = [...template.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) => list.replace(/^[+#./;?&]/, '').split(','))
      .map((one) => ({name: one.replace(/[*:].*$/, ''), required: true}));
    this.fillIn(title ?? name, variables, {server, uri_template: template}, (values) => {
      this.attach(template.replace(/\{([^}]*)\}/g, (all, list) =>
        list.replace(/^[+#./;?&]/, '').split(',').map((one) => encodeURIComponent(values[one.replace(/[*:].*$/, '')] ?? '')).join(',')), server);
    });
  }

  attach(uri, server) {
    if (!this.attachments.some((one) => one.uri === uri && one.server === server)) this.attachments.push({uri, server});
    this.changed();
  }

  fillIn(title, fields, reference, onUse) {
    const form = new ArgumentForm(title, fields, (argument, value, others) =>
      this.connection.ask('complete', {...reference, argument, value, arguments: others}));
    form.onUse = (values) => {
      this.closeForm();
      onUse(values);
      this.input.focus();
    };
    form.onCancel = () => {
      this.closeForm();
      this.input.focus();
    };
    this.form.replaceChildren(form.root);
    this.form.hidden = false;
    form.focus();
  }

  closeForm() {
    this.form.replaceChildren();
    this.form.hidden = true;
  }

  dropLast() {
    if (this.attachments.length > 0) this.attachments.pop();
    else this.prompt = null;
    this.changed();
  }

  changed() {
    this.showChips();
    this.onChange();
  }

  showChips() {
    const drop = (label, act) => element('button', {type: 'button', class: 'quiet', 'aria-label': `Remove ${label}`, title: 'Remove',
      click: () => (act(), this.changed(), this.input.focus())}, icon('close'));
    const chips = this.attachments.map((one) => chip(`@${one.uri}`, drop(one.uri, () =>
      (this.attachments = this.attachments.filter((other) => other !== one)))));
    if (this.prompt) chips.unshift(chip(promptLabel(this.prompt), drop(this.prompt.name, () => (this.prompt = null))));
    this.chips.replaceChildren(...chips);
    this.chips.hidden = chips.length === 0;
  }
}

function chip(label, button = null) {
  return element('span', {class: 'chip', title: label}, element('span', {dir: 'auto'}, label), button);
}

function promptLabel({name, arguments: values = {}}) {
  return [`/${name}`, ...Object.entries(values).map(([key, value]) => `${key}=${value}`)].join(' ');
}

/** The chips of a question that was asked, or null. */
export function chipsOf({prompt, attachments = []} = {}) {
  if (!prompt && attachments.length === 0) return null;
  return element('div', {class: 'chips'}, prompt ? chip(promptLabel(prompt)) : null, ...attachments.map(({uri}) => chip(`@${uri}`)));
}
