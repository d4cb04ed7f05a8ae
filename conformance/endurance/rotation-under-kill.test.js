// Refresh tokens that rotate strictly, twenty processes that renew, and somebody who kills them.
//
// The provider gives tokens that live three seconds and ends a whole family when a refresh token comes twice: there
// is no grace. A process that is killed while its answer is on the way has lost it for all; that costs one sign-in,
// which a person does here in the browser, and nothing else.
//
// CONFORMANCE_SECONDS  how long it goes on (default: 300)

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { exit } from '../command/command.js';
import { setStage } from '../suite/stage.js';
import { Crowd, kill } from './crowd.js';
import { holders } from './processes.js';

const SECONDS = Number(process.env.CONFORMANCE_SECONDS ?? 300);

test('processes that are killed while they renew replay no refresh token', { timeout: (SECONDS + 120) * 1000 }, async (t) => {
  // Answers take their time, so that a kill can meet one on the way.
  const someTime = () => sleep(Math.random() * 200);
  const stage = await setStage(t, { tokenSeconds: 3, tokenAsked: someTime, tokenMade: someTime });
  const revoked = [];
  stage.world.provider.on('grant.revoked', (_ctx, grantId) => revoked.push(grantId));
  await stage.signInByBrowser();

  const counts = { tokens: 0, kills: 0, killsWithLock: 0, signIns: 0, unreadable: 0, files: 0 };
  const unexpected = [];
  let killsWithLockSinceSignIn = 0;
  let signedInAt = performance.now();
  let personNeeded = false;

  const crowd = new Crowd({
    size: 20,
    start: () => stage.place.start(['token']),
    ended({ code, began, stderr }) {
      if (code === exit.ok) counts.tokens += 1;
      // One that began before the last sign-in tells of the time before it.
      else if (code === exit.personNeeded) personNeeded ||= began > signedInAt;
      else if (code !== 'SIGKILL') unexpected.push(`${code}: ${stderr}`);
    },
  });

  const ends = performance.now() + SECONDS * 1000;
  const goesOn = () => performance.now() < ends;
  const killer = (async () => {
    while (goesOn()) {
      await sleep(20 + Math.random() * 180);
      const victim = pick(crowd.pids);
      if (!victim || !stop(victim)) continue;
      // It stands still, so that what it held is what it had when it died.
      await sleep(1);
      const held = holders(stage.place.cache).has(victim);
      if (!kill(victim)) continue;
      counts.kills += 1;
      if (held) {
        counts.killsWithLock += 1;
        killsWithLockSinceSignIn += 1;
      }
    }
  })();
  const reader = (async () => {
    while (goesOn()) {
      await sleep(1000);
      for (const name of (await readdir(stage.place.cache)).filter((name) => name.endsWith('.json'))) {
        counts.files += 1;
        await readFile(join(stage.place.cache, name), 'utf8').then(JSON.parse).catch((error) => {
          counts.unreadable += 1;
          unexpected.push(`${name}: ${error.message}`);
        });
      }
    }
  })();
  const person = (async () => {
    while (goesOn()) {
      await sleep(50);
      if (!personNeeded) continue;
      assert.ok(killsWithLockSinceSignIn > 0, 'a sign-in was needed, and no renewal had been killed');
      await stage.signInByBrowser();
      counts.signIns += 1;
      [signedInAt, killsWithLockSinceSignIn, personNeeded] = [performance.now(), 0, false];
    }
  })();
  await Promise.all([killer, reader, person]);
  await crowd.stop();

  const renewals = stage.world.journal.grants('refresh_token');
  const received = renewals.map((one) => createHash('sha256').update(one.form.refresh_token).digest('hex'));
  const twice = received.length - new Set(received).size;
  const refused = renewals.filter((one) => one.status !== 200).length;
  t.diagnostic(JSON.stringify({
    seconds: SECONDS, ...counts, renewals: renewals.length, receivedTwice: twice, refused, familiesRevoked: revoked.length,
  }));

  assert.deepEqual(unexpected, []);
  assert.equal(twice, 0, 'refresh tokens that came twice');
  assert.equal(refused, 0, 'renewals that were refused');
  assert.deepEqual(revoked, [], 'families that were revoked');
  assert.ok(counts.signIns <= counts.killsWithLock, 'each sign-in is explained by a renewal that was killed');
  assert.ok(counts.tokens > SECONDS && renewals.length > SECONDS / 10 && counts.kills > SECONDS, 'there was something to see');
});

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}

function stop(pid) {
  try {
    process.kill(pid, 'SIGSTOP');
    return true;
  } catch {
    return false;
  }
}
