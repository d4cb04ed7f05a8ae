// The search that the other tests trust: it finds a secret however it is written.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { findSecrets } from './secrets.js';

const CODE = 'a+code/with~all?that=is&special';
const CLAIMS = JSON.stringify({ sub: 'auth0|ada', exp: 1_800_000_000 });
const TOKEN = ['{"alg":"RS256"}', CLAIMS, 'a signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
const SECRETS = new Map([['code', CODE], ['token', TOKEN]]);

const written = {
  'as it is': JSON.stringify({ outputs: [CODE] }),
  'in an address': `https://example.com/?code=${encodeURIComponent(CODE)}`,
  'in an address within an address': encodeURIComponent(`/?code=${encodeURIComponent(CODE)}`),
  ...Object.fromEntries(['', 'x', 'xy'].map((before) => [
    `in base64 after ${before.length} others`, Buffer.from(`${before}${CODE} and more`).toString('base64'),
  ])),
  'in base64url': Buffer.from(`code=${CODE}`).toString('base64url'),
  'the payload of a JWT': TOKEN.split('.')[1],
  'the signature of a JWT': TOKEN.split('.')[2],
  'the claims of a JWT': `decoded: ${CLAIMS}`,
};

for (const [how, text] of Object.entries(written)) {
  test(`a secret is found ${how}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-secrets-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const hidden = join(folder, '.ipynb_checkpoints');
    await mkdir(hidden);
    await writeFile(join(hidden, 'x-checkpoint.ipynb'), text);
    assert.notDeepEqual(await findSecrets(folder, SECRETS), []);
  });
}

test('nothing is found where nothing is', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-secrets-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'x.ipynb'), JSON.stringify({ outputs: ['ada@example.com', 'eyJ'] }));
  assert.deepEqual(await findSecrets(folder, SECRETS), []);
});
