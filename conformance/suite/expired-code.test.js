// A code that is too old: the provider refuses it, and it is sent no second time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { keepPicture } from '../browser/artefacts.js';
import { accessCode } from '../browser/person.js';
import { exit } from '../command/command.js';
import { atCallback, setStage, signIn } from './stage.js';

const limit = { timeout: 60_000 };

test('a code pasted too late is refused, and the hint says how to go on', limit, async (t) => {
  const stage = await setStage(t, { codeSeconds: 1 });
  const login = stage.place.start(['login', '--no-browser'], { stdin: 'open' });
  await signIn(stage.page, await login.shownLink());
  const code = await accessCode(stage.page);
  await sleep(2500);

  login.say(`${code}\n`);
  await refusedOnce(stage, await login.ended());
});

test('a code that comes to the listener too late ends on a page that says so', limit, async (t) => {
  const stage = await setStage(t, { codeSeconds: 1, holdRedirect: 2.5 });
  const login = stage.place.start(['login']);
  await signIn(stage.page, await stage.place.openedLink());

  await atCallback(stage.page, stage.place);
  assert.doesNotMatch(await stage.page.locator('body').innerText(), /you are signed in/i);
  await keepPicture(stage.page, 'expired-code');
  await refusedOnce(stage, await login.ended());
});

async function refusedOnce(stage, ended) {
  assert.equal(ended.code, exit.refused, ended.stderr);
  assert.match(ended.stderr, /invalid_grant/);
  assert.match(ended.stderr, /hint:/);
  const [asked, ...again] = stage.world.journal.grants('authorization_code');
  assert.equal(asked.status, 400);
  assert.equal(again.length, 0, 'a code is sent once (RFC 6749 section 4.1.2)');
}
