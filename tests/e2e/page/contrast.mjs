/** Runs in the page: visible texts whose contrast to what is behind them is below 4.5, the WCAG's AA. */
export function faintTexts() {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const over = (top, below) => {
    const alpha = top[3] ?? 1;
    return below.map((value, index) => top[index] * alpha + value * (1 - alpha));
  };
  const behind = (one) => {
    if (!one) return channels(getComputedStyle(document.documentElement).backgroundColor).slice(0, 3);
    const colour = channels(getComputedStyle(one).backgroundColor);
    return (colour[3] ?? 1) === 1 ? colour : over(colour, behind(one.parentElement));
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !one.checkVisibility({visibilityProperty: true}) || one.closest('.visually-hidden, noscript, :disabled')) continue;
    const back = behind(one);
    const [a, b] = [luminance(over(channels(getComputedStyle(one).color), back)), luminance(back)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}
