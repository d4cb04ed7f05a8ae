// Who answered? RFC 9207: the provider names itself in every answer, and says in its metadata that it does.
//
// Whoever knows the state of a sign-in (here: the test) still cannot end it in another issuer's name.

import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';

import { accessCode } from '../browser/person.js';
import { exit } from '../command/command.js';
import { setStage, signIn } from './stage.js';

const limit = { timeout: 60_000 };

test('an answer in the name of the issuer is taken', limit, async (t) => {
  const stage = await setStage(t);
  await stage.signInByBrowser();
  const callback = stage.chromium.seen.requests.find((url) => url.startsWith(`${stage.place.redirect}?`));
  assert.equal(new URL(callback).searchParams.get('iss'), stage.world.issuer);
});

for (const [what, forge] of [
  ['in the name of another issuer', (answer) => answer.set('iss', 'https://login.example.com/')],
  ['that names two issuers', (answer) => { answer.append('iss', 'https://login.example.com/'); }],
  // Section 2.4: a server that says it names itself, and then does not, was not the one to answer.
  ['that names no issuer', (answer) => answer.delete('iss')],
]) {
  for (const kind of ['code', 'error']) {
    test(`a callback with ${kind === 'code' ? 'a code' : 'an error'} ${what} is turned away, and the sign-in goes on`, limit, async (t) => {
      const stage = await setStage(t);
      const login = stage.place.start(['login']);
      const link = await stage.place.openedLink();
      const answer = new URLSearchParams({
        [kind]: kind === 'code' ? 'a-code-from-elsewhere' : 'access_denied',
        state: new URL(link).searchParams.get('state'),
        iss: stage.world.issuer,
      });
      forge(answer);

      const status = await statusOf(`http://127.0.0.1:${stage.place.port}/callback/?${answer}`, stage.place.port);
      assert.ok(status >= 400 && status < 500, `a 4xx, not ${status}`);
      assert.ok(login.running, login.stderr);
      assert.equal(stage.world.journal.grants('authorization_code').length, 0, 'no code was sent');

      await signIn(stage.page, link);
      assert.equal((await login.ended()).code, exit.ok, login.stderr);
    });
  }
}

test('a pasted address in the name of another issuer is refused', limit, async (t) => {
  const stage = await setStage(t);
  const login = stage.place.start(['login', '--no-browser'], { stdin: 'open' });
  await signIn(stage.page, await login.shownLink());
  await accessCode(stage.page);
  const forged = new URL(stage.page.url());
  forged.searchParams.set('iss', 'https://login.example.com/');

  login.say(`${forged}\n`);
  assert.notEqual((await login.ended()).code, exit.ok);
  assert.equal(stage.world.journal.grants('authorization_code').length, 0, 'no code was sent');
});

function statusOf(url, port) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host: `localhost:${port}` }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
