// A real Redis with a password, on a free port of loopback, that keeps nothing on a disk.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../command/place.js';
import { until } from '../command/until.js';

export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-redis-'));
  const port = await freePort();
  const password = `sandbox-${randomBytes(16).toString('hex')}`;
  const server = spawn('redis-server', ['-'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  server.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
  // On its standard input, where no list of processes shows the password.
  server.stdin.end(`bind 127.0.0.1\nport ${port}\nrequirepass ${password}\nsave ""\nappendonly no\ndir ${folder}\n`);
  await until('Redis to accept connections', () => said.includes('Ready to accept connections'));
  return {
    url: `redis://:${password}@127.0.0.1:${port}/0`,
    async close() {
      server.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
