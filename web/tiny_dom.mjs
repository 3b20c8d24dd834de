/** As much of a document as the Markdown view needs, for tests outside a browser. `html()` shows what was built. */

class TinyNode {
  parent = null;

  remove() {
    if (!this.parent) return;
    this.parent.children.splice(this.parent.children.lastIndexOf(this), 1);
    this.parent = null;
  }

  before(...nodes) {
    for (const node of nodes) this.parent.insert(node, this.parent.children.lastIndexOf(this));
  }
}

class TinyText extends TinyNode {
  constructor(data) {
    super();
    this.data = data;
  }

  html() {
    return this.data.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  }

  get textContent() {
    return this.data;
  }
}

class TinyElement extends TinyNode {
  children = [];
  attributes = new Map();

  constructor(tag) {
    super();
    this.tag = tag;
  }

  setAttribute(name, value) {
    this.attributes.set(name, String(value));
  }

  addEventListener() {}

  append(...nodes) {
    for (const node of nodes) this.insert(node, this.children.length);
  }

  insert(node, index) {
    const child = typeof node === 'string' ? new TinyText(node) : node;
    child.remove();
    child.parent = this;
    this.children.splice(index, 0, child);
  }

  html() {
    const attributes = [...this.attributes].map(([name, value]) => ` ${name}="${value}"`).join('');
    return `<${this.tag}${attributes}>${this.children.map((child) => child.html()).join('')}</${this.tag}>`;
  }

  get textContent() {
    return this.children.map((child) => child.textContent).join('');
  }

  /** This element and all beneath it. */
  * all() {
    yield this;
    for (const child of this.children) if (child instanceof TinyElement) yield* child.all();
  }
}

export function installTinyDocument() {
  globalThis.document = {
    createElement: (tag) => new TinyElement(tag),
    createElementNS: (_, tag) => new TinyElement(tag),
    createTextNode: (data) => new TinyText(data),
  };
}
