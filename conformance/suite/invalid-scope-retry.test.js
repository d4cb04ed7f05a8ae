// A tenant that has not turned on offline access answers `invalid_scope`. The person signs in all
// the same: the browser is sent once more, without the scope, by a link of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keepPicture } from '../browser/artefacts.js';
import { exit } from '../command/command.js';
import { atCallback, setStage } from './stage.js';

const limit = { timeout: 60_000 };

test('the sign-in goes on without offline_access, with a new state and verifier', limit, async (t) => {
  const stage = await setStage(t, { clientScope: 'openid profile email' });
  const { stderr } = await stage.signInByBrowser();
  await stage.page.getByText(/signed in/i).first().waitFor();
  await keepPicture(stage.page, 'invalid-scope-signed-in');

  const [first, second, ...more] = stage.world.journal.authorizations();
  assert.deepEqual(more, [], 'once');
  assert.ok(scopes(first).includes('offline_access'));
  assert.ok(!scopes(second).includes('offline_access'));
  for (const name of ['state', 'code_challenge']) assert.notEqual(first[name], second[name], name);
  for (const name of ['client_id', 'audience', 'redirect_uri']) assert.equal(first[name], second[name], name);
  assert.doesNotMatch(stderr, /^error:/m);

  const [grant] = stage.world.journal.grants('authorization_code');
  assert.equal(grant.answer.refresh_token, undefined);
  await stage.token();
});

test('when the rest of the scopes is refused too, that is the end', limit, async (t) => {
  const stage = await setStage(t, {
    clientScope: 'openid', environment: { CARTO_AUTH_SCOPES: 'openid email' },
  });
  const login = stage.place.start(['login']);
  await stage.page.goto(await stage.place.openedLink(), { waitUntil: 'commit' });
  await atCallback(stage.page, stage.place);
  assert.equal((await login.ended()).code, exit.refused, login.stderr);
  assert.match(login.stderr, /invalid_scope/);
  assert.ok(stage.world.journal.authorizations().length <= 2);
});

function scopes(query) {
  return (query.scope ?? '').split(' ');
}
