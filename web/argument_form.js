/** Fields for the arguments of a prompt or the variables of an address, with the server's own suggestions. */
import {element} from './dom.js';

const PAUSE_MS = 120;

export class ArgumentForm {
  /** `complete(argument, value, others)` promises `{values}`. Set `onUse(values)` and `onCancel()`. */
  constructor(title, fields, complete) {
    this.complete = complete;
    this.inputs = fields.map((field, index) => this.input(field, index));
    this.root = element('div', {role: 'group', 'aria-label': title, keydown: (event) => this.pressed(event)},
      element('p', {class: 'argument-title', dir: 'auto'}, title),
      ...fields.map((field, index) => element('div', {class: 'field'},
        element('label', {for: `argument-${index}`, dir: 'auto'}, field.title ?? field.name,
          field.required ? element('span', {class: 'required', title: 'required'}, ' *') : null),
        this.inputs[index], this.lists[index],
        field.description ? element('p', {class: 'field-about', dir: 'auto'}, field.description) : null)),
      element('div', {class: 'input-buttons'},
        element('button', {type: 'button', class: 'small', click: () => this.onCancel()}, 'Cancel'),
        element('button', {type: 'button', class: 'small primary', click: () => this.use()}, 'Use')));
  }

  input({name, required}, index) {
    this.lists ??= [];
    this.lists[index] = element('datalist', {id: `suggestions-${index}`});
    const input = element('input', {id: `argument-${index}`, name, required, list: `suggestions-${index}`, autocomplete: 'off', dir: 'auto'});
    input.addEventListener('focus', () => this.suggest(input, index));
    input.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.suggest(input, index), PAUSE_MS);
    });
    return input;
  }

  async suggest(input, index) {
    const {value} = input;
    const others = this.values;
    delete others[input.name];
    try {
      const {values = []} = await this.complete(input.name, value, others);
      if (value === input.value) this.lists[index].replaceChildren(...values.map((one) => element('option', {value: one})));
    } catch {
      // A server need not have suggestions.
    }
  }

  get values() {
    return Object.fromEntries(this.inputs.filter((input) => input.value !== '').map((input) => [input.name, input.value]));
  }

  focus() {
    this.inputs[0]?.focus();
  }

  pressed(event) {
    if (event.key === 'Escape') this.onCancel();
    else if (event.key === 'Enter' && event.target.tagName === 'INPUT' && !event.isComposing) this.next(event.target);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  next(input) {
    const following = this.inputs[this.inputs.indexOf(input) + 1];
    if (following) following.focus();
    else this.use();
  }

  use() {
    const missing = this.inputs.find((input) => !input.checkValidity());
    if (missing) return missing.reportValidity();
    return this.onUse(this.values);
  }
}
