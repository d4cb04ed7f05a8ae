// What nearly every test stands on: a world, a browser that trusts it, a machine for the command.
//
//     const stage = await setStage(t, { codeSeconds: 1 });

import assert from 'node:assert/strict';

import { createLocalJWKSet, jwtVerify } from 'jose';

import { startChromium } from '../browser/chromium.js';
import { allow, fillIn, signIn } from '../browser/person.js';
import { exit } from '../command/command.js';
import { makePlace } from '../command/place.js';
import { AUDIENCE } from '../provider/auth0.js';
import { startWorld } from '../provider/world.js';

export async function setStage(t, { browser = {}, environment = {}, ...settings } = {}) {
  const world = await startWorld(settings);
  t.after(() => world.close());
  const place = await makePlace({ ...world.environment, ...environment });
  t.after(() => place.close());
  const chromium = browser && (await startChromium({ spki: world.tls.spki, ...browser }));
  if (chromium) t.after(() => chromium.close());
  t.after(() => assert.deepEqual(world.journal.to('!'), [], 'the provider itself stumbled'));

  return {
    world,
    place,
    chromium,
    page: chromium?.page,

    // A whole sign-in through the browser, up to the page the person sees at the end.
    async signInByBrowser({ args = [], who } = {}) {
      const login = place.start(['login', ...args]);
      const link = await place.openedLink();
      await signIn(chromium.page, link, { who });
      const ended = await login.ended();
      assert.equal(ended.code, exit.ok, ended.stderr);
      return { ...ended, link, query: new URL(link).searchParams };
    },

    // The token the command hands out, checked as a resource server would.
    async token(more) {
      const ended = await place.run(['token'], more);
      assert.equal(ended.code, exit.ok, ended.stderr);
      const token = ended.stdout.trimEnd();
      assert.equal(ended.stdout, `${token}\n`, 'stdout is the token and nothing else');
      const { payload } = await jwtVerify(token, createLocalJWKSet(world.publicKeys), {
        issuer: world.issuer, audience: AUDIENCE,
      });
      return { token, claims: payload };
    },
  };
}

// On the redirect URI's page with whatever answer the command gives there.
export async function atCallback(page, place) {
  await page.waitForURL((url) => url.port === String(place.port));
  await page.waitForLoadState('load');
  return page;
}

export { allow, fillIn, signIn };
