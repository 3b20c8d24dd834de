/** A relay between browser and server that can be cut, as networks are. */
import {connect, createServer} from 'node:net';

/** Relays a port of loopback to the server at `url`. Resolves to {url, cut(), mend(), close()}. */
export async function startWeakNetwork(url) {
  const {hostname, port} = new URL(url);
  const open = new Set();
  let isCut = false;
  const relay = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${relay.address().port}/`,
    /** Ends every connection without a goodbye; while cut, new ones fail too. */
    cut: () => {
      isCut = true;
      open.forEach((socket) => socket.destroy());
    },
    mend: () => {
      isCut = false;
    },
    close: () => {
      open.forEach((socket) => socket.destroy());
      relay.close();
    },
  };
}
