// A job signs in by itself.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { exit } from '../command/command.js';
import { AUDIENCE } from '../provider/auth0.js';
import { setStage } from './stage.js';

const limit = { timeout: 60_000 };
const asked = (stage) => stage.world.journal.grants('client_credentials');

async function jobStage(t, settings = {}) {
  const stage = await setStage(t, { browser: false, ...settings });
  return { ...stage, job: { environment: stage.world.jobEnvironment } };
}

test('a job with its variables set gets a token, and keeps it', limit, async (t) => {
  const stage = await jobStage(t);
  const { token, claims } = await stage.token(stage.job);
  assert.equal(claims.azp, stage.world.jobEnvironment.CARTO_M2M_CLIENT_ID);
  assert.equal((await stage.token(stage.job)).token, token);

  assert.equal(asked(stage).length, 1, 'CARTO counts these: the cache answers the second time');
  assert.equal(asked(stage)[0].form.audience, AUDIENCE);
});

test('a job with a credentials file gets a token', limit, async (t) => {
  const stage = await jobStage(t);
  const file = join(stage.place.folder, 'carto_credentials.json');
  await writeFile(file, JSON.stringify({
    api_base_url: stage.world.jobEnvironment.CARTO_API_BASE_URL,
    client_id: stage.world.jobEnvironment.CARTO_M2M_CLIENT_ID,
    client_secret: stage.world.jobEnvironment.CARTO_M2M_CLIENT_SECRET,
  }), { mode: 0o600 });

  const ended = await stage.place.run(['token', '--m2m', file]);
  assert.equal(ended.code, exit.ok, ended.stderr);
  assert.equal(asked(stage)[0].status, 200);
});

test('a token that ended is asked for anew', limit, async (t) => {
  const stage = await jobStage(t, { tokenSeconds: 2 });
  const first = await stage.token(stage.job);
  await sleep(2500);
  assert.notEqual((await stage.token(stage.job)).token, first.token);
  assert.equal(asked(stage).length, 2);
});

test('a wrong secret is told in the words of the server, once, and never shown', limit, async (t) => {
  const stage = await jobStage(t);
  const secret = 'sandbox-a-secret-that-is-wrong';
  const ended = await stage.place.run(['token'], {
    environment: { ...stage.world.jobEnvironment, CARTO_M2M_CLIENT_SECRET: secret },
  });
  assert.equal(ended.code, exit.refused, ended.stderr);
  assert.match(ended.stderr, /invalid_client/);
  assert.match(ended.stderr, /hint:/);
  assert.ok(!`${ended.stdout}${ended.stderr}`.includes(secret));
  assert.equal(asked(stage).length, 1, 'a refusal is not tried again');
});

test('a job never opens a browser or waits for a person', limit, async (t) => {
  const stage = await jobStage(t);
  await stage.token(stage.job);
  assert.equal(stage.world.journal.authorizations().length, 0);
});

test('a job does not trust an authority that nobody named', limit, async (t) => {
  const stage = await jobStage(t);
  const ended = await stage.place.start(['token'], {
    environment: { ...stage.world.jobEnvironment, SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' },
  }).ended({ seconds: 45 });
  assert.equal(ended.code, exit.network, ended.stderr);
  assert.equal(asked(stage).length, 0, 'no secret was sent');
});
