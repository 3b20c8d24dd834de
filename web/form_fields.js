/** The fields of a form a server asks to be filled in: one flat JSON Schema of texts, numbers, switches and choices. */
import {element} from './dom.js';

const TYPES = {email: 'email', uri: 'url', date: 'date', 'date-time': 'datetime-local'};

export class FormFields {
  constructor(schema, id) {
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    this.fields = Object.entries(schema.properties ?? {}).map(([name, property], index) =>
      makeField(`${id}-${index}`, name, property ?? {}, required.has(name)));
    this.root = element('div', {class: 'input-fields'}, ...this.fields.map((field) => field.root));
  }

  /** What is filled in, as the schema wants it; empty fields are left out. */
  get content() {
    const entries = this.fields.map((field) => [field.name, field.value()]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
}

function makeField(id, name, property, isRequired) {
  if (property.type === 'array') return listField(id, name, property);
  const choices = choicesOf(property);
  if (choices.length > 0) return choiceField(id, name, property, choices, isRequired);
  if (property.type === 'boolean') return switchField(id, name, property);
  return textField(id, name, property, isRequired);
}

/** [{value, label}] */
function choicesOf(property) {
  const titled = property.oneOf ?? property.anyOf;
  if (Array.isArray(titled)) return titled.map(({const: value, title}) => ({value, label: title ?? String(value)}));
  if (!Array.isArray(property.enum)) return [];
  return property.enum.map((value, index) => ({value, label: property.enumNames?.[index] ?? String(value)}));
}

function labelled(id, name, property, isRequired, control) {
  return element('div', {class: 'field'},
    element('label', {for: id, dir: 'auto'}, property.title ?? name, isRequired ? element('span', {class: 'required', title: 'required'}, ' *') : null),
    control, about(property));
}

function about({description}) {
  return description ? element('p', {class: 'field-about', dir: 'auto'}, description) : null;
}

function textField(id, name, property, isRequired) {
  const isNumber = property.type === 'number' || property.type === 'integer';
  const input = element('input', {id, type: isNumber ? 'number' : TYPES[property.format] ?? 'text', required: isRequired,
    min: property.minimum, max: property.maximum, step: isNumber ? (property.type === 'integer' ? '1' : 'any') : null,
    minlength: property.minLength, maxlength: property.maxLength, autocomplete: 'off', dir: 'auto', value: property.default});
  const value = () => {
    if (input.value === '') return undefined;
    if (isNumber) return Number(input.value);
    return property.format === 'date-time' ? new Date(input.value).toISOString() : input.value;
  };
  return {name, value, root: labelled(id, name, property, isRequired, input)};
}

function choiceField(id, name, property, choices, isRequired) {
  const select = element('select', {id, required: isRequired}, element('option', {value: ''}, ''),
    ...choices.map(({value, label}, index) => element('option', {value: String(index), selected: value === property.default}, label)));
  return {name, value: () => choices[select.value === '' ? -1 : Number(select.value)]?.value,
    root: labelled(id, name, property, isRequired, select)};
}

function switchField(id, name, property) {
  const box = element('input', {id, type: 'checkbox', checked: property.default === true});
  return {name, value: () => box.checked,
    root: element('div', {class: 'field'}, element('label', {class: 'switch', dir: 'auto'}, box, property.title ?? name), about(property))};
}

function listField(id, name, property) {
  const chosen = new Set(Array.isArray(property.default) ? property.default : []);
  const boxes = choicesOf(property.items ?? {}).map(({value, label}) =>
    ({value, label, box: element('input', {type: 'checkbox', checked: chosen.has(value)})}));
  return {name, value: () => boxes.filter(({box}) => box.checked).map(({value}) => value),
    root: element('fieldset', {class: 'field', id}, element('legend', {dir: 'auto'}, property.title ?? name),
      ...boxes.map(({label, box}) => element('label', {class: 'switch', dir: 'auto'}, box, label)), about(property))};
}
