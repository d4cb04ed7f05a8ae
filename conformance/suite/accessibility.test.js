// The page a person sees at the end, for every person: checked with axe, in light and dark, at 200 %.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import axe from 'axe-core';

import { keepPicture } from '../browser/artefacts.js';
import { cancel } from '../browser/person.js';
import { exit } from '../command/command.js';
import { atCallback, setStage } from './stage.js';

const limit = { timeout: 90_000 };

const endings = {
  'signed-in': async (stage) => {
    await stage.signInByBrowser();
    await stage.page.getByText(/signed in/i).first().waitFor();
  },
  refused: async (stage) => {
    const login = stage.place.start(['login']);
    await stage.page.goto(await stage.place.openedLink());
    await cancel(stage.page);
    await atCallback(stage.page, stage.place);
    assert.equal((await login.ended()).code, exit.refused);
  },
};

for (const [ending, reach] of Object.entries(endings)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`the page "${ending}" is for everyone, in ${colorScheme} mode and at 200 %`, limit, async (t) => {
      const stage = await setStage(t, { browser: { colorScheme, deviceScaleFactor: 2 } });
      await reach(stage);

      assert.deepEqual(await faults(stage.page), []);
      await keepPicture(stage.page, `${ending}-${colorScheme}`);
      assert.equal(await isDark(stage.page), colorScheme === 'dark', 'it follows the mode');

      // What a browser's zoom does: half as many CSS pixels, each twice as large.
      await stage.page.setViewportSize({ width: 640, height: 400 });
      assert.deepEqual(await faults(stage.page), []);
      assert.equal(await stage.page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false,
        'nothing has to be scrolled sideways (WCAG 1.4.10)');
      await keepPicture(stage.page, `${ending}-${colorScheme}-zoomed`);
    });
  }
}

test('a screen reader hears a language, a title and one heading', limit, async (t) => {
  const stage = await setStage(t);
  await endings['signed-in'](stage);
  assert.match(await stage.page.locator('html').getAttribute('lang'), /^en/);
  assert.match(await stage.page.title(), /\S/);
  assert.equal(await stage.page.getByRole('heading', { level: 1 }).count(), 1);
  assert.equal(await stage.page.getByRole('main').count(), 1);
});

// Handed in over the debugger, which the page's own Content-Security-Policy does not bind.
async function faults(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ target }) => target.join(' ')) }));
}

function isDark(page) {
  return page.evaluate(() => {
    const [r, g, b, alpha = 1] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
    if (alpha > 0) return r + g + b < 384;
    const [tr, tg, tb] = getComputedStyle(document.body).color.match(/[\d.]+/g).map(Number);
    return tr + tg + tb > 384;
  });
}
