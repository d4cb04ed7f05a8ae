// A form sent to the world by the suite itself, as some other client.

import { request } from 'node:https';

export function post(world, path, form) {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, world.issuer), {
      method: 'POST', ca: world.tls.ca, headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode, body });
    });
    sent.on('error', reject);
    sent.end(String(new URLSearchParams(form)));
  });
}
