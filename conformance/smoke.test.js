// One sign-in in a real browser, short enough for every change.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keepPicture } from './browser/artefacts.js';
import { person } from './provider/people.js';
import { setStage } from './suite/stage.js';

test('a person signs in through a real browser and gets a token that works', { timeout: 60_000 }, async (t) => {
  const stage = await setStage(t);

  await stage.signInByBrowser();
  await stage.page.getByText(/signed in/i).first().waitFor();
  await keepPicture(stage.page, 'smoke-signed-in');

  const { claims } = await stage.token();
  assert.equal(claims['http://app.carto.com/email'], person.email);
});
