// Tokens that end while nobody looks: renewed with a refresh token that is a new one each time.
//
// The provider rotates and detects reuse: a refresh token used twice ends the whole family. A client
// that replays one signs its user out, which is what these tests would show.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { exit } from '../command/command.js';
import { PERSON_CLIENT_ID } from '../provider/clients.js';
import { post } from './post.js';
import { setStage } from './stage.js';

const limit = { timeout: 90_000 };
const SHORT = { tokenSeconds: 3 };
const itEnds = () => sleep(3500);

test('each renewal sends the refresh token of the one before', limit, async (t) => {
  const stage = await setStage(t, SHORT);
  await stage.signInByBrowser();
  let refreshToken = stage.world.journal.grants('authorization_code')[0].answer.refresh_token;
  assert.ok(refreshToken, 'offline_access is asked for by default');
  let { token } = await stage.token();

  for (const turn of [1, 2, 3]) {
    await itEnds();
    const renewed = await stage.token();
    assert.notEqual(renewed.token, token);
    const asked = stage.world.journal.grants('refresh_token');
    assert.equal(asked.length, turn, 'one renewal a turn');
    assert.equal(asked.at(-1).status, 200);
    assert.equal(asked.at(-1).form.refresh_token, refreshToken);
    refreshToken = asked.at(-1).answer.refresh_token;
    token = renewed.token;
  }
});

test('the organization of the sign-in is in the renewed token', limit, async (t) => {
  const stage = await setStage(t, { ...SHORT, environment: { CARTO_AUTH_ORG: 'org_conformance' } });
  await stage.signInByBrowser();
  await itEnds();
  assert.equal((await stage.token()).claims.org_id, 'org_conformance');
});

test('eight processes that find the token ended cause one renewal', limit, async (t) => {
  // Long enough that the renewed token outlives eight starts of the command.
  const stage = await setStage(t, { tokenSeconds: 12 });
  await stage.signInByBrowser();
  await sleep(12_500);

  const tokens = await Promise.all(Array.from({ length: 8 }, () => stage.token()));
  assert.equal(new Set(tokens.map((one) => one.token)).size, 1);
  assert.equal(stage.world.journal.grants('refresh_token').length, 1);
});

test('a refresh token that was stolen and used ends the sign-in, and no browser opens by itself', limit, async (t) => {
  const stage = await setStage(t, SHORT);
  await stage.signInByBrowser();
  const { refresh_token: stolen } = stage.world.journal.grants('authorization_code')[0].answer;
  await stealAndUse(stage, stolen);
  await itEnds();

  const ended = await stage.place.run(['token']);
  assert.ok([exit.personNeeded, exit.refused].includes(ended.code), `${ended.code}: ${ended.stderr}`);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, /carto-auth login/);
  assert.equal(stage.world.journal.authorizations().length, 1);

  await stage.signInByBrowser();
  await stage.token();
});

test('logout revokes at the provider what it deletes here', limit, async (t) => {
  const stage = await setStage(t);
  await stage.signInByBrowser();
  const { refresh_token: refreshToken } = stage.world.journal.grants('authorization_code')[0].answer;
  assert.ok(await stage.world.provider.RefreshToken.find(refreshToken));

  const ended = await stage.place.run(['logout', '--yes']);
  assert.equal(ended.code, exit.ok, ended.stderr);
  assert.equal(stage.world.journal.revocations().at(-1).status, 200);
  assert.equal(await stage.world.provider.RefreshToken.find(refreshToken), undefined);
  assert.equal((await stage.place.run(['token'])).code, exit.personNeeded);
});

// As a thief would, through the provider's own endpoint.
async function stealAndUse(stage, refreshToken) {
  const answer = await post(stage.world, '/oauth/token', {
    grant_type: 'refresh_token', client_id: PERSON_CLIENT_ID, refresh_token: refreshToken,
  });
  assert.equal(answer.status, 200);
}
