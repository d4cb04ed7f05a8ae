// The person says no. Nothing else is tried, and both the page and the terminal say what happened.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';

import { keepPicture } from '../browser/artefacts.js';
import { cancel } from '../browser/person.js';
import { exit } from '../command/command.js';
import { atCallback, fillIn, setStage } from './stage.js';

const limit = { timeout: 60_000 };

for (const [where, goThere] of [
  ['the sign-in page', async () => {}],
  ['the consent page', async (page) => fillIn(page)],
]) {
  test(`cancelling on ${where} ends the sign-in`, limit, async (t) => {
    const stage = await setStage(t);
    const login = stage.place.start(['login']);
    await stage.page.goto(await stage.place.openedLink());
    await goThere(stage.page);
    await cancel(stage.page);

    await atCallback(stage.page, stage.place);
    const said = await stage.page.locator('body').innerText();
    await keepPicture(stage.page, `refusal-${where.split(' ')[1]}`);
    assert.match(said, /not signed in|cancel|refus|denied|declin/i);
    assert.doesNotMatch(said, /you are signed in/i);

    const ended = await login.ended();
    assert.equal(ended.code, exit.refused, ended.stderr);
    assert.match(ended.stderr, /cancelled the sign-in/, "the provider's own words");
    assert.match(ended.stderr, /hint:/);
    assert.equal(stage.world.journal.authorizations().length, 1, 'no second way is tried');
    assert.equal(stage.world.journal.grants('authorization_code').length, 0);
    await nothingKept(stage);
  });
}

test('a refusal that is pasted is a refusal', limit, async (t) => {
  const stage = await setStage(t);
  const login = stage.place.start(['login', '--no-browser'], { stdin: 'open' });
  await stage.page.goto(await login.shownLink());
  await cancel(stage.page);
  await stage.page.waitForURL(`${stage.world.pasteUrl}?**`);

  login.say(`${stage.page.url()}\n`);
  assert.equal((await login.ended()).code, exit.refused);
  await nothingKept(stage);
});

async function nothingKept(stage) {
  const token = await stage.place.run(['token']);
  assert.equal(token.code, exit.personNeeded, token.stderr);
  assert.equal(token.stdout, '');
  const files = await readdir(stage.place.cache).catch(() => []);
  assert.deepEqual(files.filter((name) => name.endsWith('.json')), []);
}
