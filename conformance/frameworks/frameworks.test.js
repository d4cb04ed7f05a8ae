// A handle that is sent to other processes, by the frameworks that send them: a cluster of Dask, a pool of
// multiprocessing, Ray, and Spark with its JVM. One job's token serves all of them.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { setStage } from '../suite/stage.js';

const limit = { timeout: 180_000 };
const JOB = fileURLToPath(new URL('job.py', import.meta.url));
const PYTHON = fileURLToPath(new URL('../.frameworks/bin/python', import.meta.url));

for (const name of ['multiprocessing', 'dask', 'ray', 'spark']) {
  test(`${name}: each worker has the token, no pickle has a secret, and what is in memory only is refused`, limit, async (t) => {
    const { done, stage } = await run(t, name);

    assert.deepEqual(done.found, [], 'a secret in what is sent');
    assert.equal(done.told.length, 4);
    for (const worker of done.told) {
      assert.equal(worker.token, done.here.token);
      assert.notEqual(worker.process, done.here.process, 'it is another process');
    }
    assert.equal(stage.world.journal.grants('client_credentials').length, 1, 'one token for all of them');

    const [pickled, sent] = done.refused;
    assert.equal(pickled?.names[0], 'PicklingError');
    assert.ok(sent?.names.includes('PicklingError'), 'as the framework tells it');
    for (const { text } of [pickled, sent]) assert.match(text, /only in this process/);
    assert.match(pickled.text, /hint: use `CartoAuth.from_m2m\(file\)`/);
  });
}

async function run(t, name) {
  const stage = await setStage(t, { browser: false });
  const { jobEnvironment: given } = stage.world;
  const file = join(stage.place.folder, 'carto_credentials.json');
  await writeFile(file, JSON.stringify({
    api_base_url: given.CARTO_API_BASE_URL,
    client_id: given.CARTO_M2M_CLIENT_ID,
    client_secret: given.CARTO_M2M_CLIENT_SECRET,
  }), { mode: 0o600 });
  // Ray would tell its makers of each start; Spark takes whatever Python is first on the path.
  const environment = { RAY_USAGE_STATS_ENABLED: '0', PYSPARK_PYTHON: PYTHON };
  const job = stage.place.start([JOB, name, file], { program: PYTHON, environment });
  const ended = await job.ended({ seconds: 150 });
  assert.equal(ended.code, 0, ended.stderr);
  return { stage, done: JSON.parse(ended.stdout.trim().split('\n').at(-1)) };
}
