// Sign-in by a browser on the same machine: the link, the redirect to loopback, the page, the token.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';

import { keepPicture } from '../browser/artefacts.js';
import { cancel } from '../browser/person.js';
import { exit } from '../command/command.js';
import { AUDIENCE } from '../provider/auth0.js';
import { person, somebodyElse } from '../provider/people.js';
import { allow, atCallback, setStage, signIn } from './stage.js';

const limit = { timeout: 90_000 };

test('signing in ends on a page that says so, and leaves a token that works', limit, async (t) => {
  const stage = await setStage(t);

  const { stdout, stderr, link } = await stage.signInByBrowser();
  await stage.page.getByText(/signed in/i).first().waitFor();
  await keepPicture(stage.page, 'loopback-signed-in');

  assert.equal(stdout, '', 'what is not data goes to stderr');
  assert.ok(stderr.includes(link), 'the link is shown even when a browser opened');
  const { token, claims } = await stage.token();
  assert.equal(claims.azp, stage.world.environment.CARTO_AUTH_CLIENT_ID);
  assert.equal(claims['http://app.carto.com/email'], person.email);

  const again = await stage.token();
  assert.equal(again.token, token, 'the cache answers');
  assert.equal(stage.world.journal.grants('authorization_code').length, 1);
  assert.equal(stage.world.journal.grants('refresh_token').length, 0);
});

test('what is asked of the provider is what the standard and CARTO want', limit, async (t) => {
  const stage = await setStage(t);
  const { query } = await stage.signInByBrowser({ args: ['--org', 'org_conformance'] });

  assert.equal(query.get('response_type'), 'code');
  assert.equal(query.get('audience'), AUDIENCE);
  assert.equal(query.get('redirect_uri'), stage.place.redirect);
  assert.equal(query.get('code_challenge_method'), 'S256');
  assert.match(query.get('code_challenge'), /^[\w-]{43}$/);
  assert.ok(query.get('state').length >= 22, 'a state of at least 128 bits');
  assert.equal(query.get('organization'), 'org_conformance');
  assert.ok(!(query.get('scope') ?? '').split(' ').includes('None'));
  for (const name of new Set(query.keys())) assert.equal(query.getAll(name).length, 1, `${name} once`);

  const [{ form }] = stage.world.journal.grants('authorization_code');
  assert.equal(form.redirect_uri, stage.place.redirect);
  assert.match(form.code_verifier, /^[\w.~-]{43,128}$/);
  assert.equal(form.client_secret, undefined);
});

test('the base URL is found through accounts and config.yaml', limit, async (t) => {
  const stage = await setStage(t);
  await stage.signInByBrowser();

  const status = await stage.place.run(['status', '--field', 'api_base_url']);
  assert.equal(status.stdout.trim(), stage.world.carto.base, status.stderr);
  assert.equal(stage.world.journal.to('/accounts').length, 1);
  assert.equal(stage.world.journal.to('/config.yaml').length, 1);
});

test('status speaks of the person and never shows a token', limit, async (t) => {
  const stage = await setStage(t);
  await stage.signInByBrowser();
  const { token } = await stage.token();

  const status = await stage.place.run(['status', '--json']);
  assert.equal(status.code, exit.ok, status.stderr);
  assert.doesNotThrow(() => JSON.parse(status.stdout), 'one JSON document');
  assert.ok(status.stdout.includes(person.email));
  assert.ok(!status.stdout.includes(token));
});

test('a second sign-in starts from fresh secrets, and --force asks who it is', limit, async (t) => {
  const stage = await setStage(t);
  const first = await stage.signInByBrowser();

  // The browser still knows the first person; the provider has to ask all the same.
  const second = await stage.signInByBrowser({ args: ['--force'], who: somebodyElse });
  assert.equal(second.query.get('prompt'), 'login');
  for (const name of ['state', 'code_challenge']) {
    assert.notEqual(first.query.get(name), second.query.get(name), name);
  }
  const { claims } = await stage.token();
  assert.equal(claims['http://app.carto.com/email'], somebodyElse.email);
});

test('the port is free again once the sign-in is over, however it ended', limit, async (t) => {
  const stage = await setStage(t);
  await stage.signInByBrowser();
  assert.equal(await listening(stage.place.port), false, 'after success');

  const refused = stage.place.start(['login', '--force']);
  await stage.page.goto(await stage.place.openedLink());
  await cancel(stage.page);
  await refused.ended();
  assert.equal(await listening(stage.place.port), false, 'after a refusal');

  const late = stage.place.start(['login', '--force', '--timeout', '1']);
  await stage.place.openedLink();
  assert.notEqual((await late.ended()).code, exit.ok);
  assert.equal(await listening(stage.place.port), false, 'after the deadline');

  const left = stage.place.start(['login', '--force']);
  await stage.place.openedLink();
  assert.equal(await listening(stage.place.port), true);
  left.interrupt();
  assert.equal((await left.ended({ seconds: 5 })).code, exit.interrupted);
  assert.equal(await listening(stage.place.port), false, 'after Ctrl-C');
});

test('port 0 in a redirect URI of one\'s own means any free port', limit, async (t) => {
  const stage = await setStage(t, { environment: { CARTO_AUTH_REDIRECT_URI: 'http://127.0.0.1:0/callback/' } });
  const { query } = await stage.signInByBrowser();
  assert.match(query.get('redirect_uri'), /^http:\/\/127\.0\.0\.1:[1-9]\d*\/callback\/$/);
  await stage.token();
});

test('an authority that nobody named is not trusted', limit, async (t) => {
  const stage = await setStage(t);
  const login = stage.place.start(['login'], { environment: { SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' } });
  // Told before the browser opens, or after the code came: either way nothing is won by it.
  const link = await Promise.race([stage.place.openedLink().catch(() => undefined), login.ended().then(() => undefined)]);
  if (link) {
    await signIn(stage.page, link);
    await atCallback(stage.page, stage.place);
  }
  assert.equal((await login.ended({ seconds: 60 })).code, exit.network);
  assert.equal(stage.world.journal.grants('authorization_code').length, 0);
});

test('two people at two links: a link of an older sign-in does not end a newer one', limit, async (t) => {
  const stage = await setStage(t);
  const older = stage.place.start(['login']);
  const olderLink = await stage.place.openedLink();
  older.interrupt();
  await older.ended();

  const newer = stage.place.start(['login']);
  const newerLink = await stage.place.openedLink();
  await signIn(stage.page, olderLink);
  await atCallback(stage.page, stage.place);
  assert.ok(newer.running, 'a callback of another sign-in is not ours');

  await stage.page.goto(newerLink);
  await allow(stage.page);
  assert.equal((await newer.ended()).code, exit.ok);
});

function listening(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}
