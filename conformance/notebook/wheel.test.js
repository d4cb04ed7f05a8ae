// The wheel as a file: Colab and Databricks have no Rust, so it has to be for the Linux that they have.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GLIBC = 28; // of `manylinux_2_28`
const READ = `
import json, re, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
(about,) = (name for name in wheel.namelist() if name.endswith(".dist-info/WHEEL"))
symbols = {name: re.findall(rb"GLIBC_2\\.(\\d+)", wheel.read(name)) for name in wheel.namelist() if name.endswith(".so")}
print(json.dumps({
    "tags": re.findall(r"^Tag: (.+)$", wheel.read(about).decode(), re.MULTILINE),
    "glibc": {name: max(map(int, found)) for name, found in symbols.items()},
}))
`;

test('the wheel is for every Linux with glibc 2.28, and for every Python from 3.11', { timeout: 60_000 }, async () => {
  const wheel = process.env.CARTO_AUTH_WHEEL;
  const { tags, glibc } = JSON.parse((await run(process.env.PYTHON, ['-c', READ, wheel])).stdout);
  assert.ok(tags.length > 0);
  for (const tag of tags) {
    const [, minor] = /^cp311-abi3-manylinux_2_(\d+)_x86_64$/.exec(tag) ?? assert.fail(`the tag \`${tag}\``);
    assert.ok(Number(minor) <= GLIBC, tag);
    assert.ok(wheel.endsWith(`-${tag}.whl`), 'the name says what is inside');
  }
  // What it calls, and not only what it says of itself.
  assert.deepEqual(Object.keys(glibc), ['carto_auth/_native.abi3.so']);
  for (const minor of Object.values(glibc)) assert.ok(minor <= GLIBC, `it calls what came with glibc 2.${minor}`);
});
