/** Numbers and times as people write them. */

/** '1 ms', '0.8 s', '12 s', '3 min 5 s'. */
export function duration(ms) {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** '12,345', in the reader's own way. */
export function count(number) {
  return number.toLocaleString();
}

/** '1 tool', '2 tools'. */
export function plural(number, word) {
  return `${count(number)} ${word}${number === 1 ? '' : 's'}`;
}

/** When something was, as short as it can be said: 'now', '5 min', '3 h', 'Mon', '12 Oct', '12 Oct 2024'. */
export function shortDate(time, now = new Date()) {
  const date = new Date(time);
  const minutes = (now - date) / 60_000;
  if (Number.isNaN(minutes)) return '';
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  if (minutes < 6 * 24 * 60) return date.toLocaleDateString(undefined, {weekday: 'short'});
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return date.toLocaleDateString(undefined, {day: 'numeric', month: 'short', year});
}

/** One line for a tool's arguments: 'a: 2, b: 3'. */
export function inOneLine(value, limit = 120) {
  const words = value && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).map(([name, item]) => `${name}: ${typeof item === 'string' ? item : JSON.stringify(item)}`).join(', ')
    : String(value ?? '');
  const line = words.slice(0, limit * 2).replaceAll(/\s+/g, ' ');
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

/** JSON laid out over lines; any other text as it is. */
export function laidOut(value) {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2);
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
