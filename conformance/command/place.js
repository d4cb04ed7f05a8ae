// A machine of its own for one test: an empty home, an empty cache, a port nobody uses.
//
// `$BROWSER` there is a script that writes the link into a file and ends, as a launcher does; the
// test takes the link from the file and opens it in the real browser.

import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command } from './command.js';
import { until } from './until.js';

export async function makePlace(environment = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-home-'));
  const home = join(folder, 'home');
  const launcher = join(folder, 'open-link');
  const linkFile = join(folder, 'link');
  await mkdir(home, { mode: 0o700 });
  await writeFile(launcher, `#!/bin/sh\nprintf '%s' "$1" > '${linkFile}.new' && mv '${linkFile}.new' '${linkFile}'\n`);
  await chmod(launcher, 0o755);
  const port = await freePort();

  const variables = {
    PATH: process.env.PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    BROWSER: launcher,
    CARTO_AUTH_CACHE_DIR: join(folder, 'cache'),
    CARTO_AUTH_REDIRECT_URI: `http://localhost:${port}/callback/`,
    ...environment,
  };

  const running = new Set();
  return {
    folder,
    port,
    redirect: variables.CARTO_AUTH_REDIRECT_URI,
    cache: variables.CARTO_AUTH_CACHE_DIR,
    environment: variables,
    start(args, more = {}) {
      const command = new Command(args, { environment: { ...variables, ...more.environment }, stdin: more.stdin, cwd: folder, program: more.program });
      running.add(command);
      command.whenEnded.then(() => running.delete(command), () => undefined);
      return command;
    },
    run(args, more) {
      return this.start(args, more).ended();
    },
    // The link the command handed to the browser. Taken once: the next sign-in writes anew.
    async openedLink(patience) {
      const link = await until('the command to open its link in $BROWSER', () => readFile(linkFile, 'utf8').catch(() => ''), patience);
      await rm(linkFile);
      return link;
    },
    async close() {
      for (const command of running) command.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
