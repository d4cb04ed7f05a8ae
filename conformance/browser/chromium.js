// A real Chromium with a profile nobody used before.
//
// The flags are all there are: playwright's own are left out, because some of them turn off what
// this suite is here to see (connections opened ahead, the favicon, the back-forward cache).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

export async function startChromium({ spki, ...emulated } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    ignoreDefaultArgs: true,
    args: [
      ...FLAGS,
      `--user-data-dir=${profile}`,
      // The suite's own authority is trusted by its key; any other bad certificate stays an error.
      ...(spki ? [`--ignore-certificate-errors-spki-list=${spki}`] : []),
      '--remote-debugging-pipe',
      'about:blank',
    ],
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    ...emulated,
  });
  context.setDefaultTimeout(15_000);
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    context,
    page,
    seen: watch(context),
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// Everything a page asked for and complained about.
function watch(context) {
  const seen = { requests: [], complaints: [] };
  context.on('request', (request) => seen.requests.push(request.url()));
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      seen.complaints.push({ text: message.text(), at: message.location().url });
    }
  });
  context.on('weberror', (fault) => seen.complaints.push({ text: String(fault.error()), at: fault.page()?.url() }));
  return seen;
}

const FLAGS = [
  // Containers and CI run as root, where Chromium's own sandbox cannot.
  '--no-sandbox', '--headless', '--disable-gpu', '--disable-dev-shm-usage',
  '--disable-quic', '--no-first-run', '--no-default-browser-check',
  // It would phone home otherwise, and "no outside request" could not be told apart.
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--window-size=1280,800',
];
