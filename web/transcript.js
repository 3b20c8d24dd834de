/** The conversation on screen: its turns, and where the reader is in them. */
import {element} from './dom.js';

/** So near to the end the reader is taken to follow it, in pixels. */
const NEAR_END = 64;

export class Transcript {
  /** `onEarlier` is called when somebody wants the turns before the first. */
  constructor({scroller, list, jump, earlier, onEarlier}) {
    Object.assign(this, {scroller, list, jump, earlier});
    this.views = [];
    this.follows = true;
    this.lastTop = 0;
    scroller.addEventListener('scroll', () => this.scrolled(), {passive: true});
    new ResizeObserver(() => this.grown()).observe(list);
    new ResizeObserver(() => this.grown()).observe(scroller);
    jump.addEventListener('click', () => this.toEnd());
    earlier.addEventListener('click', onEarlier);
  }

  /** Replaces everything shown. */
  show(views, {hasEarlier = false} = {}) {
    this.views = [...views];
    this.list.replaceChildren(...views.map((view) => view.root));
    this.earlier.hidden = !hasEarlier;
    this.toEnd();
  }

  /** The server does not answer yet. */
  showLoading() {
    this.views = [];
    this.list.replaceChildren(element('p', {class: 'loading'}, 'Loading …'));
    this.earlier.hidden = true;
  }

  showProblem(words, retry) {
    const button = element('button', {type: 'button', class: 'small', click: retry}, 'Try again');
    this.list.replaceChildren(element('div', {class: 'failure'}, element('p', {}, words), button));
  }

  append(view) {
    this.views.push(view);
    this.list.append(view.root);
    this.toEnd();
  }

  remove(view) {
    this.views = this.views.filter((one) => one !== view);
    view.root.remove();
  }

  /** Adds older turns; what the reader looks at stays where it is. */
  prepend(views, {hasEarlier}) {
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.views.unshift(...views);
    this.list.prepend(...views.map((view) => view.root));
    this.earlier.hidden = !hasEarlier;
    this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
  }

  toEnd() {
    this.follows = true;
    this.grown();
  }

  grown() {
    if (this.follows) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.showJump();
  }

  /** Following ends when the reader scrolls up, and begins again when they come back to the end. */
  scrolled() {
    const top = this.scroller.scrollTop;
    if (this.distance() < NEAR_END) this.follows = true;
    else if (top < this.lastTop) this.follows = false;
    this.lastTop = top;
    this.showJump();
  }

  distance() {
    return this.scroller.scrollHeight - this.scroller.clientHeight - this.scroller.scrollTop;
  }

  showJump() {
    this.jump.hidden = this.follows || this.distance() < NEAR_END;
  }
}
