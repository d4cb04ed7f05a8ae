// A Python of its own for a test: nothing is in it but what a kernel needs, so that `!pip install`
// in a cell installs.

import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const wheel = process.env.CARTO_AUTH_WHEEL;

// A virtual environment, and what a shell that activated it has set.
export async function makePython({ folder, environment, packages = [] }) {
  const at = join(folder, 'python');
  await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', at]);
  const python = join(at, 'bin', 'python');
  const activated = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('PIP_'))),
    ...environment,
    ...await pipEnvironment(folder, python),
    VIRTUAL_ENV: at,
    PATH: `${join(at, 'bin')}:${environment.PATH}`,
  };
  const pip = (...args) => run(python, ['-m', 'pip', '--quiet', ...args], { env: activated, cwd: folder });
  if (packages.length) await pip('install', '--constraint', requirements, ...packages);
  return { environment: activated, python, pip };
}

// The same, made known to Jupyter as its one kernel.
export async function makeKernel({ folder, environment }) {
  const made = await makePython({ folder, environment, packages: ['ipykernel'] });
  const data = join(folder, 'jupyter');
  const spec = join(data, 'kernels', 'python3');
  await mkdir(spec, { recursive: true });
  await writeFile(join(spec, 'kernel.json'), JSON.stringify({
    argv: [made.python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
    display_name: 'Python 3',
    language: 'python',
  }));
  return { environment: { ...made.environment, JUPYTER_PATH: data } };
}

// pip finds the wheel that is tried in a folder where nothing else lies, and everything else where
// this machine finds it; what it fetched before it need not fetch again.
async function pipEnvironment(folder, python) {
  const links = join(folder, 'wheels');
  await mkdir(links);
  await copyFile(wheel, join(links, basename(wheel)));
  // Asked in the home of whoever runs this; a pip told to keep nothing answers with an error.
  const { stdout: cache } = await run(python, ['-m', 'pip', 'cache', 'dir']).catch(() => ({ stdout: '' }));
  return {
    ...(cache && { PIP_CACHE_DIR: cache.trim() }),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_FIND_LINKS: links,
  };
}
