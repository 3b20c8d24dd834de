/** The token a guarded server wants: taken from the address (?access_token=…) or asked for, and kept in this browser. */

const KEY = 'convoke.token';

/** Keeps the address's token, and takes it out of the address, which people copy and send around. */
export function takeTokenFromAddress() {
  const url = new URL(location.href);
  const token = url.searchParams.get('access_token');
  if (!token) return;
  localStorage.setItem(KEY, token);
  url.searchParams.delete('access_token');
  history.replaceState(null, '', url);
}

/** Where the server's WebSocket is, with the token if there is one. */
export function webSocketUrl() {
  const url = new URL('ws/chat', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  const token = localStorage.getItem(KEY);
  if (token) url.searchParams.set('access_token', token);
  return url.href;
}

/** An address of this server that a link can lead to, with the token if there is one. */
export function withToken(path) {
  const url = new URL(path.replace(/^\//, ''), location.href);
  const token = localStorage.getItem(KEY);
  if (token) url.searchParams.set('access_token', token);
  return url.href;
}

/** Asks for a token in `dialog` if the lack of one is why no connection comes about; then calls `onToken()`. */
export async function askForToken(dialog, onToken) {
  if (dialog.open || !(await isRefused()) || dialog.open) return;
  const input = dialog.querySelector('input');
  input.value = '';
  dialog.addEventListener('close', () => {
    localStorage.setItem(KEY, input.value.trim());
    onToken();
  }, {once: true});
  dialog.showModal();
}

/** What /health says: an object, empty when it does not answer. */
export async function readHealth() {
  try {
    const response = await fetch('health', {headers: bearer()});
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

function bearer() {
  const token = localStorage.getItem(KEY);
  return token ? {Authorization: `Bearer ${token}`} : {};
}

/** A browser does not tell why a WebSocket was refused; an ordinary request with the same token does. */
async function isRefused() {
  try {
    const {status} = await fetch('health', {headers: bearer()});
    return status === 401;
  } catch {
    return false;
  }
}
