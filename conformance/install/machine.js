// A machine that has Rust, Python and git, and on which nobody has installed anything: an empty home, so that pip and
// cargo have fetched nothing before, and a clone of what is committed here.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('../..', import.meta.url));
// What leads pip to its index may stay; what it fetched before, and what lies in folders of this machine, may not.
const LEADS_TO_THE_INDEX = /^PIP_(CERT|INDEX_URL|EXTRA_INDEX_URL|PROXY|TRUSTED_HOST|DEFAULT_TIMEOUT|CLIENT_CERT)$/;

export async function freshMachine() {
  const folder = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-fresh-'));
  const home = join(folder, 'home');
  const clone = join(folder, 'carto-auth');
  await mkdir(home, { mode: 0o700 });
  await run('git', ['clone', '--quiet', '--no-hardlinks', checkout, clone]);
  // Not rustup's own programs, which look for the toolchain in the home.
  const { stdout: rust } = await run('rustc', ['--print', 'sysroot']);
  const kept = Object.entries(process.env).filter(([name]) => LEADS_TO_THE_INDEX.test(name));

  return {
    folder,
    clone,
    // A Python of its own, as `python -m venv` makes it; `at(…)` runs one of its programs, in a folder that is not the clone.
    async python(name) {
      const bin = join(folder, name, 'bin');
      await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', join(folder, name)]);
      const environment = {
        ...Object.fromEntries(kept),
        HOME: home,
        LANG: 'C.UTF-8',
        PATH: `${bin}:${join(rust.trim(), 'bin')}:/usr/local/bin:/usr/bin:/bin`,
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
      };
      return {
        async at(program, args, { cwd = home } = {}) {
          const options = { cwd, env: environment, maxBuffer: 1 << 26 };
          return (await run(join(bin, program), args, options)).stdout.trim();
        },
      };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
