// One port on both loopback addresses: `localhost` is two of them, and a client may try either.

import { once } from 'node:events';
import { createServer } from 'node:https';

export async function listenOnLoopback({ port, tls, handler, connected = () => undefined }) {
  const options = { key: tls.key, cert: tls.certificate };
  const four = createServer(options, handler);
  four.listen({ port, host: '127.0.0.1' });
  await once(four, 'listening');

  const chosen = four.address().port;
  const six = createServer(options, handler);
  for (const server of [four, six]) server.on('connection', connected);
  six.listen({ port: chosen, host: '::1' });
  // A machine without IPv6 resolves `localhost` to the one address that is there.
  await once(six, 'listening').catch(() => undefined);

  return {
    port: chosen,
    close() {
      for (const server of [four, six]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
