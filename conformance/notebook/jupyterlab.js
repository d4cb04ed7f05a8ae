// A real JupyterLab server with one notebook in it.

import { spawn } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../command/place.js';
import { until } from '../command/until.js';

const PROGRAM = fileURLToPath(new URL('../.venv/bin/jupyter-lab', import.meta.url));

export async function startJupyterLab({ folder, environment, cells }) {
  const root = join(folder, 'notebooks');
  const settings = join(folder, 'settings');
  const log = join(folder, 'jupyterlab.log');
  await mkdir(root);
  await writeFile(join(root, 'carto.ipynb'), notebook(cells));
  await writeSettings(settings);

  const said = await open(log, 'w');
  const port = await freePort();
  const server = spawn(PROGRAM, [
    '--no-browser', '--allow-root', '--ip=127.0.0.1', `--port=${port}`, '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${root}`, '--IdentityProvider.token=', '--LabApp.expose_app_in_browser=True',
  ], {
    env: { ...environment, JUPYTERLAB_SETTINGS_DIR: settings, JUPYTER_RUNTIME_DIR: join(folder, 'runtime') },
    cwd: root,
    stdio: ['ignore', said.fd, said.fd],
  });
  await said.close();

  const address = `http://127.0.0.1:${port}`;
  await until('JupyterLab to answer', async () => {
    if (server.exitCode !== null) throw new Error(`JupyterLab ended with ${server.exitCode}:\n${await readFile(log, 'utf8')}`);
    return fetch(`${address}/api/status`).then(({ ok }) => ok, () => false);
  }, { seconds: 60 });

  return {
    root,
    log,
    link: `${address}/lab/tree/carto.ipynb`,
    file: join(root, 'carto.ipynb'),
    checkpoint: join(root, '.ipynb_checkpoints', 'carto-checkpoint.ipynb'),
    // Asked to end, it ends its kernels first.
    async close() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null) server.kill('SIGTERM');
      const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

function notebook(cells) {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
    cells: cells.map((source, index) => ({
      id: `cell-${index}`, cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source,
    })),
  });
}

// It asks nobody outside for news, and every cell is on the page, seen or not.
async function writeSettings(folder) {
  const plugins = {
    '@jupyterlab/apputils-extension/notification': { fetchNews: 'false', checkForUpdates: false },
    '@jupyterlab/notebook-extension/tracker': { windowingMode: 'none' },
  };
  for (const [plugin, values] of Object.entries(plugins)) {
    await mkdir(join(folder, plugin, '..'), { recursive: true });
    await writeFile(join(folder, `${plugin}.jupyterlab-settings`), JSON.stringify(values));
  }
}
