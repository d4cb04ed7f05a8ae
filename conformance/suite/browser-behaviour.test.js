// What a real browser does around a redirect, and what is left in it afterwards.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { keepPicture } from '../browser/artefacts.js';
import { exit } from '../command/command.js';
import { until } from '../command/until.js';
import { setStage, signIn } from './stage.js';

const limit = { timeout: 90_000 };

test('the code is gone from the address bar and from what the back button shows', limit, async (t) => {
  const stage = await setStage(t);
  await stage.signInByBrowser();
  await stage.page.getByText(/signed in/i).first().waitFor();
  await until('the code to leave the address bar', () => !/[?&](code|state)=/.test(stage.page.url()));

  assert.doesNotMatch(await stage.page.content(), /[?&]code=/);
  const { code } = stage.world.journal.grants('authorization_code')[0].form;
  assert.ok(!(await stage.page.content()).includes(code));
  const cdp = await stage.chromium.context.newCDPSession(stage.page);
  const { entries } = await cdp.send('Page.getNavigationHistory');
  assert.deepEqual(entries.filter(({ url }) => url.includes(code)), [], 'no entry of the history holds the code');
});

test('the page complains of nothing and asks nobody but us', limit, async (t) => {
  const stage = await setStage(t);
  await stage.signInByBrowser();
  await stage.page.getByText(/signed in/i).first().waitFor();
  // The favicon is asked for after the page is there, when the command may be gone already.
  await sleep(2000);

  const ours = `localhost:${stage.place.port}`;
  const strangers = stage.chromium.seen.requests.filter((url) => {
    const { host, protocol } = new URL(url);
    return protocol !== 'data:' && ![ours, stage.world.authority].includes(host);
  });
  assert.deepEqual(strangers, []);
  assert.deepEqual(stage.chromium.seen.complaints.filter(({ at }) => at?.includes(ours)), []);
});

test('the page may do nothing, is kept nowhere and tells nobody where it was', limit, async (t) => {
  const stage = await setStage(t);
  const answers = [];
  stage.chromium.context.on('response', (response) => {
    if (response.url().startsWith(stage.place.redirect)) answers.push(response);
  });
  await stage.signInByBrowser();
  await stage.page.getByText(/signed in/i).first().waitFor();

  assert.ok(answers.length > 0);
  for (const answer of answers) {
    const headers = await answer.allHeaders();
    assert.match(headers['cache-control'] ?? '', /no-store/, answer.url());
    assert.equal(headers['referrer-policy'], 'no-referrer', answer.url());
    if (answer.status() < 300) assert.match(headers['content-security-policy'] ?? '', /default-src 'none'/);
    // Where the code goes next is nobody's choice but the command's own.
    const next = headers.location && new URL(headers.location, answer.url());
    if (next) assert.ok([stage.place.port, new URL(stage.world.issuer).port].map(String).includes(next.port));
  }
});

test('idle connections, a favicon, a scanner and a forged callback neither end nor win a sign-in', limit, async (t) => {
  const stage = await setStage(t);
  const login = stage.place.start(['login']);
  const link = await stage.place.openedLink();

  // As a browser does when it guesses where one goes next, only more of it.
  const idle = await Promise.all(Array.from({ length: 12 }, async () => {
    const socket = connect({ port: stage.place.port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }));
  t.after(() => idle.forEach((socket) => socket.destroy()));
  const slow = connect({ port: stage.place.port, host: '127.0.0.1' });
  slow.on('error', () => undefined);
  slow.write('GET /callback/?code=');
  t.after(() => slow.destroy());

  const tab = await stage.chromium.context.newPage();
  // The issuer is no secret: what turns these away is the state alone.
  const iss = encodeURIComponent(stage.world.issuer);
  for (const path of [
    '/favicon.ico', '/', '/callback/', `/callback/?code=forged&iss=${iss}`,
    `/callback/?code=forged&state=forged&iss=${iss}`, `/callback/?error=access_denied&iss=${iss}`,
    `/callback/?error=access_denied&state=forged&iss=${iss}`, `/callback/?error=invalid_scope&state=forged&iss=${iss}`,
  ]) {
    const answer = await tab.goto(`http://localhost:${stage.place.port}${path}`);
    assert.ok(answer.status() >= 400 && answer.status() < 500, `${path} gives a 4xx, not ${answer.status()}`);
  }
  await tab.close();
  assert.ok(login.running, login.stderr);

  await signIn(stage.page, link);
  assert.equal((await login.ended()).code, exit.ok, login.stderr);
  await stage.page.getByText(/signed in/i).first().waitFor();
});

test('a page of another site cannot end a sign-in', limit, async (t) => {
  const stage = await setStage(t);
  const login = stage.place.start(['login']);
  const link = await stage.place.openedLink();

  const tab = await stage.chromium.context.newPage();
  await tab.goto(`${stage.world.pasteUrl}?code=x`);
  await tab.evaluate(async ({ base, iss }) => {
    const ways = [`?error=access_denied&${iss}`, `?code=forged&state=forged&${iss}`, 'cancel', 'quit', 'shutdown'];
    await Promise.all(ways.map((way) => fetch(base + way, { mode: 'no-cors' }).catch(() => undefined)));
    await Promise.all(ways.map((way) => fetch(base + way, { method: 'POST', mode: 'no-cors' }).catch(() => undefined)));
    await Promise.all(ways.map((way) => new Promise((done) => {
      const image = new Image();
      image.onload = image.onerror = done;
      image.src = base + way;
    })));
  }, { base: stage.place.redirect, iss: String(new URLSearchParams({ iss: stage.world.issuer })) });
  await tab.close();
  assert.ok(login.running, login.stderr);

  await signIn(stage.page, link);
  assert.equal((await login.ended()).code, exit.ok, login.stderr);
});

test('the page can be read without JavaScript', limit, async (t) => {
  const stage = await setStage(t, { browser: { javaScriptEnabled: false } });
  await stage.signInByBrowser();
  await stage.page.getByText(/signed in/i).first().waitFor();
  await keepPicture(stage.page, 'signed-in-without-javascript');
});

test('closing the tab leaves the command waiting until its deadline, and no longer', limit, async (t) => {
  const stage = await setStage(t);
  const login = stage.place.start(['login', '--timeout', '3']);
  await stage.page.goto(await stage.place.openedLink());
  await stage.page.close();
  const ended = await login.ended({ seconds: 10 });
  assert.notEqual(ended.code, exit.ok);
  assert.match(ended.stderr, /hint:/);
});
