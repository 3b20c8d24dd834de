/** The side bar, which on a phone is a drawer over the page. */
const PHONE = matchMedia('(max-width: 760px)');

export class Drawer {
  constructor({drawer, page, backdrop, opener, closer}) {
    Object.assign(this, {drawer, page, backdrop, opener, closer});
    opener.addEventListener('click', () => this.set(true));
    for (const way of [closer, backdrop]) {
      way.addEventListener('click', () => {
        this.set(false);
        opener.focus();
      });
    }
    PHONE.addEventListener('change', () => this.set(false));
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && document.body.classList.contains('drawer-open')) closer.click();
    });
  }

  set(isOpen) {
    const modal = isOpen && PHONE.matches;
    document.body.classList.toggle('drawer-open', modal);
    this.drawer.inert = PHONE.matches && !modal;
    this.page.inert = modal;
    this.backdrop.hidden = !modal;
    this.opener.setAttribute('aria-expanded', String(modal));
    if (modal) this.closer.focus();
  }
}
