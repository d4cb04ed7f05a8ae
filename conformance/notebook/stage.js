// What a notebook's test stands on: the stage of every other test, and a JupyterLab on it.
//
//     const stage = await setNotebook(t, { cells: ['1 + 1'], browser: false });

import assert from 'node:assert/strict';

import { setStage } from '../suite/stage.js';
import { makeKernel } from './kernel.js';
import { startJupyterLab } from './jupyterlab.js';
import { Notebook } from './person.js';
import { findSecrets, secretsOf } from './secrets.js';

// `hasBrowser`: whether a program on the kernel's machine can open a link.
export async function setNotebook(t, { cells, hasBrowser = false }) {
  // First of all to end: it writes into what the stage takes away afterwards.
  let lab;
  t.after(() => lab?.close());
  const stage = await setStage(t);
  const { BROWSER, ...headless } = stage.place.environment;
  const { environment } = await makeKernel({
    folder: stage.place.folder,
    environment: { ...headless, ...(hasBrowser && { BROWSER }), ...stage.world.pythonEnvironment },
  });
  lab = await startJupyterLab({ folder: stage.place.folder, environment, cells });

  return {
    ...stage,
    lab,
    notebook: await Notebook.open(stage.page, lab),

    // The person's second tab.
    async tab() {
      return stage.chromium.context.newPage();
    },

    // All that the sign-in had to hide is in no file: not beside the notebook, where its checkpoint is,
    // not in the home, where IPython keeps its history, and not in what the server says in its log.
    async nothingSecretIsSaved() {
      const secrets = secretsOf(stage.world);
      for (const place of [lab.root, stage.place.environment.HOME, lab.log]) {
        assert.deepEqual(await findSecrets(place, secrets), []);
      }
    },
  };
}
