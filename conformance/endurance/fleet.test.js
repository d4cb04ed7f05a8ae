// A fleet that lives on one machine-to-machine token at a time: tokens of three seconds, on a folder that all share
// and on a Redis, left in peace and with its leaders killed.
//
// CONFORMANCE_SECONDS  how long each test goes on (default: 60)

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { makePython } from '../notebook/kernel.js';
import { setStage } from '../suite/stage.js';
import { Fleet } from './fleet.js';
import { Leaders } from './leaders.js';
import { startRedis } from './redis.js';

const SECONDS = Number(process.env.CONFORMANCE_SECONDS ?? 60);
const LIFE = 3;
const limit = { timeout: (SECONDS + 120) * 1000 };

const stores = {
  'a folder that all share': async () => ({}),
  'a Redis': async (t) => {
    const redis = await startRedis();
    t.after(() => redis.close());
    return { CARTO_AUTH_STORE: redis.url };
  },
};

let folder;
let python;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-python-'));
  const made = await makePython({ folder, environment: { PATH: process.env.PATH, HOME: folder } });
  await made.pip('install', '--no-deps', process.env.CARTO_AUTH_WHEEL);
  python = made.python;
}, { timeout: 120_000 });
after(() => rm(folder, { recursive: true, force: true }));

for (const [name, store] of Object.entries(stores)) {
  test(`a fleet on ${name} asks for at most two tokens in a lifetime`, limit, async (t) => {
    const figures = await work(t, await store(t), new Leaders({ killed: false }));
    assert.ok(figures.requests <= 2 * figures.lifetimes, `${figures.requests} in ${figures.lifetimes} lifetimes`);
    assert.ok(figures.requests >= figures.lifetimes - 2, 'tokens ended, and were renewed');
  });

  test(`a fleet on ${name} whose leaders are killed asks for one more with each`, limit, async (t) => {
    const leaders = new Leaders({ killed: true });
    const figures = await work(t, await store(t), leaders);
    const most = 2 * figures.lifetimes + leaders.count;
    assert.ok(figures.requests <= most, `${figures.requests} in ${figures.lifetimes} lifetimes with ${leaders.count} kills`);
    const enough = SECONDS >= 60 ? 1 : 0;
    for (const [step, count] of Object.entries(leaders.killed)) assert.ok(count >= enough, `nobody was killed: ${step}`);
  });
}

async function work(t, environment, leaders) {
  const stage = await setStage(t, { browser: false, tokenSeconds: LIFE, ...leaders.hooks });
  const variables = { ...stage.world.jobEnvironment, ...environment };
  const fleet = new Fleet({ place: stage.place, environment: variables, python });
  leaders.among(() => fleet.pids);
  await fleet.work(SECONDS);
  const requests = stage.world.journal.to('/oauth/token').length;
  const figures = { seconds: SECONDS, lifetimes: Math.ceil(SECONDS / LIFE), requests, ...fleet.tokens };
  t.diagnostic(JSON.stringify({ ...figures, killed: leaders.killed }));
  assert.deepEqual(fleet.failures, []);
  return figures;
}
