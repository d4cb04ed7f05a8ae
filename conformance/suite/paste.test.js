// Sign-in where the browser is on another machine: a page shows the access code, the person pastes it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keepPicture } from '../browser/artefacts.js';
import { accessCode } from '../browser/person.js';
import { exit } from '../command/command.js';
import { setStage, signIn } from './stage.js';

const limit = { timeout: 60_000 };

test('the access code of the page signs in', limit, async (t) => {
  const stage = await setStage(t);
  const { login, link } = await start(stage);
  assert.equal(new URL(link).searchParams.get('redirect_uri'), stage.world.pasteUrl);

  await signIn(stage.page, link);
  const code = await accessCode(stage.page);
  await keepPicture(stage.page, 'paste-access-code');
  login.say(`${code}\n`);

  const ended = await login.ended();
  assert.equal(ended.code, exit.ok, ended.stderr);
  assert.ok(!ended.stderr.includes(code), 'what was pasted is not echoed');
  await stage.token();
});

test('the whole address of that page signs in too', limit, async (t) => {
  const stage = await setStage(t);
  const { login, link } = await start(stage);
  await signIn(stage.page, link);
  await accessCode(stage.page);

  login.say(`  "${stage.page.url()}"  \r\n`);
  const ended = await login.ended();
  assert.equal(ended.code, exit.ok, ended.stderr);
  await stage.token();
});

test('an address that answers another sign-in is refused', limit, async (t) => {
  const stage = await setStage(t);
  const { login, link } = await start(stage);
  await signIn(stage.page, link);
  await accessCode(stage.page);

  const foreign = new URL(stage.page.url());
  foreign.searchParams.set('state', 'a-state-of-somebody-else');
  login.say(`${foreign}\n`);
  const ended = await login.ended();
  assert.notEqual(ended.code, exit.ok);
  assert.equal(stage.world.journal.grants('authorization_code').length, 0, 'no code was sent');
});

test('the link itself, pasted back, is named and not taken for a code', limit, async (t) => {
  const stage = await setStage(t);
  const { login, link } = await start(stage);
  login.say(`${link}\n`);
  const ended = await login.ended();
  assert.notEqual(ended.code, exit.ok);
  assert.equal(stage.world.journal.grants('authorization_code').length, 0);
});

test('an input that ends without a code is an error at once', limit, async (t) => {
  const stage = await setStage(t, { browser: false });
  const ended = await stage.place.run(['login', '--no-browser'], { stdin: '' });
  assert.notEqual(ended.code, exit.ok);
  assert.match(ended.stderr, /hint:/);
});

async function start(stage) {
  const login = stage.place.start(['login', '--no-browser'], { stdin: 'open' });
  return { login, link: await login.shownLink() };
}
