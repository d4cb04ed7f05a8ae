// `pydeck-carto` from PyPI, which asks for `carto-auth>=0.2.0`, beside our wheel.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { setStage, signIn } from '../suite/stage.js';
import { makePython } from './kernel.js';

const run = promisify(execFile);
const limit = { timeout: 240_000 };
const EXAMPLE = fileURLToPath(new URL('pydeck-carto.py', import.meta.url));
const VERSION = ['-c', 'from importlib.metadata import version; print(version("carto-auth"))'];

test('pip keeps our wheel, and its example of a query layer makes a map with our token', limit, async (t) => {
  const stage = await setStage(t);
  const { folder } = stage.place;
  const { environment, python, pip } = await makePython({
    folder, environment: { ...stage.place.environment, ...stage.world.pythonEnvironment },
  });
  const answer = async (args) => (await run(python, args, { env: environment, cwd: folder })).stdout.trim();

  await pip('install', 'carto-auth');
  const ours = await answer(VERSION);
  assert.match(ours, /^1\./);
  await pip('install', 'pydeck-carto');
  assert.equal(await answer(VERSION), ours, 'nothing was put in its place');

  const map = join(folder, 'map.html');
  const example = answer([EXAMPLE, map]);
  const link = await Promise.race([stage.place.openedLink({ seconds: 60 }), example.then(() => undefined)]);
  assert.ok(link, 'the example signs in by itself');
  await signIn(stage.page, link);
  await example;

  const html = await readFile(map, 'utf8');
  const [{ answer: { access_token: token } }] = stage.world.journal.grants('authorization_code');
  assert.ok(html.includes(`"${stage.world.carto.base}"`), 'the map asks the API of the person\'s region');
  assert.ok(html.includes(`"${token}"`), 'with the person\'s token');
  assert.match(html, /SELECT geom, name FROM/);
});
