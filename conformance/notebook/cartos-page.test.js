// The code of CARTO's page as cells of a real JupyterLab, run by a person.

import assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { keepPicture } from '../browser/artefacts.js';
import { accessCode, answer, signIn } from '../browser/person.js';
import { cartosPage } from './cartos-page.js';
import { findSecrets, secretsOf } from './secrets.js';
import { setNotebook } from './stage.js';
import { person } from '../provider/people.js';
import { rows } from '../provider/warehouse.js';

const limit = { timeout: 300_000 };

// What a reader of the page types after it: whose token it is, as CARTO sees it, and a query.
const WHO = `import json, os, urllib.request
request = urllib.request.Request(
    os.environ["CARTO_ACCOUNTS_URL"] + "/users/me", headers={"Authorization": f"Bearer {access_token}"}
)
print(json.load(urllib.request.urlopen(request))["email"])`;
const QUERY = `for row in carto_dw_client.query("SELECT city, stores FROM shops"):
    print(row.city, row.stores)`;
const INSTALLED = `from importlib.metadata import version
import carto_auth as module
print(version("carto-auth"), module.__version__)`;
const PAGE = [cartosPage.example, WHO, cartosPage.warehouseExample, QUERY, 'carto_auth', INSTALLED];

test('a kernel without a display: the link in a second tab, the access code into the input', limit, async (t) => {
  const stage = await setNotebook(t, { cells: PAGE });
  const { notebook } = stage;

  await notebook.start(0);
  await notebook.input().waitFor({ timeout: 120_000 });
  assert.equal(await notebook.input().getAttribute('type'), 'password', 'what is typed is not shown');
  await keepInBothThemes(stage, 0, 'notebook-asks');
  // Somebody who saves now saves a link that is still good for its one sign-in: the search finds it.
  await notebook.save();
  assert.notDeepEqual(await findSecrets(stage.lab.root, new Map([['state', await stateShown(notebook)]])), []);

  const [tab] = await Promise.all([stage.chromium.context.waitForEvent('page'), notebook.link(0).click()]);
  await answer(tab);
  await notebook.input().fill(await accessCode(tab));
  await tab.close();
  await notebook.input().press('Enter');

  await theRestOfThePage(stage, 'notebook-pasted');
});

test('a kernel with a browser: it opens by itself, and the cell goes on by itself', limit, async (t) => {
  const stage = await setNotebook(t, { cells: PAGE, hasBrowser: true });
  const { notebook } = stage;

  await notebook.start(0);
  const link = await stage.place.openedLink({ seconds: 120 });
  await notebook.link(0).waitFor();
  await keepInBothThemes(stage, 0, 'notebook-waits');
  assert.equal(await notebook.link(0).getAttribute('href'), link, 'the link is shown beside the browser');
  const tab = await stage.tab();
  await signIn(tab, link);
  await tab.getByText(/signed in/i).first().waitFor();
  await tab.close();

  await theRestOfThePage(stage, 'notebook-loopback');
});

test('the page\'s own credentials file', limit, async (t) => {
  const stage = await setNotebook(t, { cells: ['!pip install carto-auth', cartosPage.m2m, 'carto_auth.get_api_base_url()'] });
  const { world, notebook, lab } = stage;
  const asTheExampleSays = join(lab.root, 'carto-credentials.json');
  const asTheTextSays = join(lab.root, 'carto_credentials.json');
  await notebook.run(0);

  await t.test('not filled in: its attributes are named', async () => {
    await writeFile(asTheExampleSays, cartosPage.credentialsFile);
    const said = lastWords(await notebook.run(1));
    await notebook.lookAtTheEndOf(1);
    await keepPicture(stage.page, 'notebook-placeholders');
    for (const name of ['api_base_url', 'client_id', 'client_secret', 'carto-credentials.json']) {
      assert.ok(said.includes(name), `\`${name}\` is named in:\n${said}`);
    }
    assert.doesNotMatch(said, /XXXX/, 'and not what stands there');
    assert.equal(world.journal.grants('client_credentials').length, 0, 'CARTO was not asked');
  });

  await t.test('under the other of the page\'s two names: the file beside it is named', async () => {
    await rm(asTheExampleSays);
    await writeFile(asTheTextSays, JSON.stringify({
      api_base_url: world.carto.base,
      client_id: world.jobEnvironment.CARTO_M2M_CLIENT_ID,
      client_secret: world.jobEnvironment.CARTO_M2M_CLIENT_SECRET,
    }));
    const said = lastWords(await notebook.run(1));
    await notebook.lookAtTheEndOf(1);
    await keepPicture(stage.page, 'notebook-other-name');
    assert.ok(said.includes('carto-credentials.json'), said);
    assert.ok(said.includes('carto_credentials.json'), said);
  });

  await t.test('filled in and under the right name: it serves', async () => {
    await rename(asTheTextSays, asTheExampleSays);
    await notebook.run(1);
    assert.ok((await notebook.run(2)).includes(world.carto.base));
    await notebook.save();
    await rm(asTheExampleSays);
    await stage.nothingSecretIsSaved();
  });
});

// Where a reader looks: below the frames of the traceback, which show source code that names all and
// everything.
function lastWords(output) {
  const [said] = /^\w+: .*\n(?:.*\n)?hint: .*$/m.exec(output.slice(output.lastIndexOf('\nFile '))) ?? [];
  assert.ok(said, `an error and a hint end:\n${output}`);
  return said;
}

async function theRestOfThePage(stage, picture) {
  const { notebook, world } = stage;
  const installed = await notebook.ended(0);
  assert.match(installed, /Successfully installed .*carto[-_]auth-1\./, '`!pip install` took the wheel');
  await keepInBothThemes(stage, 0, `${picture}-signed-in`);
  assert.ok((await notebook.run(1)).includes(person.email));

  const again = await notebook.run(2);
  assert.match(again, /Successfully installed .*google-cloud-bigquery/);
  assert.equal(await notebook.link(2).count(), 0, 'whoever is signed in is not asked again');
  const answered = await notebook.run(3);
  for (const { city, stores } of rows) assert.ok(answered.includes(`${city} ${stores}`), answered);
  assert.deepEqual(world.warehouse.queries(), ['SELECT city, stores FROM shops']);
  assert.ok((await notebook.run(4)).includes(person.email), 'a handle shows whose it is');
  const [, metadata, ours] = /^(1\S+) (\S+)/m.exec(await notebook.run(5)) ?? [];
  assert.equal(metadata, ours);
  await keepInBothThemes(stage, 5, `${picture}-at-the-end`);

  await notebook.save();
  await stage.nothingSecretIsSaved();
  for (const path of [stage.lab.file, stage.lab.checkpoint]) {
    const saved = await readFile(path, 'utf8');
    assert.ok(saved.includes(person.email), 'the search read what the person saw');
    assert.doesNotMatch(saved, /eyJ[\w-]{8}|[?&](code|state)=/, `nothing that looks like one in ${path}`);
  }
}

async function stateShown(notebook) {
  return new URL(await notebook.link(0).getAttribute('href')).searchParams.get('state');
}

// With the end of what stands below a cell in view.
async function keepInBothThemes(stage, index, picture) {
  for (const [theme, name] of [['JupyterLab Dark', `${picture}-dark`], ['JupyterLab Light', picture]]) {
    await stage.notebook.theme(theme);
    await stage.notebook.lookAtTheEndOf(index);
    await keepPicture(stage.page, name);
  }
}
