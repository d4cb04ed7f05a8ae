// `pip install .` by itself, on a machine that has nothing but Rust and Python. The crates, maturin and what the extra
// needs come from the registries, every one of them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { freshMachine } from './machine.js';

const limit = { timeout: 1_500_000 };
const IMPORT = ['-c', 'import carto_auth; print(carto_auth.__version__)'];
const HAS_THE_EXTRA = ['-c', 'import importlib.util as u; print(bool(u.find_spec("google") and u.find_spec("google.cloud.bigquery")))'];

let machine;
before(async () => { machine = await freshMachine(); }, { timeout: 120_000 });
after(() => machine?.close());

test('`pip install .` gives the package and the command', limit, async (t) => {
  const python = await install(t, 'alone', '.');
  assert.equal(await python.at('python', HAS_THE_EXTRA), 'False');
});

test('`pip install .[carto-dw]` gives Google\'s client as well', limit, async (t) => {
  const python = await install(t, 'with-the-extra', '.[carto-dw]');
  assert.equal(await python.at('python', HAS_THE_EXTRA), 'True');
});

async function install(t, name, what) {
  const python = await machine.python(name);
  const began = Date.now();
  await python.at('python', ['-m', 'pip', 'install', '--quiet', what], { cwd: machine.clone });
  t.diagnostic(`pip install ${what}: ${Math.round((Date.now() - began) / 1000)} s`);

  const version = await versionOf(machine.clone);
  assert.equal(await python.at('python', IMPORT), version);
  assert.equal(await python.at('carto-auth', ['--version']), `carto-auth ${version}`);
  return python;
}

async function versionOf(clone) {
  const [, version] = /^version = "(.+)"$/m.exec(await readFile(join(clone, 'Cargo.toml'), 'utf8'));
  return version;
}
