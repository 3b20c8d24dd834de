/** Light, dark, or as the system has it. A classic script in the head, so that the first paint is already right. */
(() => {
  const KEY = 'convoke.theme';
  const NAMES = {system: 'as the system', light: 'light', dark: 'dark'};
  const root = document.documentElement;

  function apply(theme) {
    root.dataset.theme = theme;
    const button = document.getElementById('theme');
    if (!button) return;
    button.title = `Colours: ${NAMES[theme]}`;
    button.setAttribute('aria-label', button.title);
    button.querySelector('use').setAttribute('href', `#icon-${theme}`);
  }

  function stored() {
    const theme = localStorage.getItem(KEY);
    return Object.hasOwn(NAMES, theme) ? theme : 'system';
  }

  apply(stored());
  addEventListener('DOMContentLoaded', () => {
    apply(stored());
    document.getElementById('theme').addEventListener('click', () => {
      const names = Object.keys(NAMES);
      localStorage.setItem(KEY, names[(names.indexOf(stored()) + 1) % names.length]);
      apply(stored());
    });
  });
})();
