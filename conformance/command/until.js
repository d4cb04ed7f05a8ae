// Waits for something to become true, and says what it waited for when it does not.

import { setTimeout as sleep } from 'node:timers/promises';

export async function until(what, look, { seconds = 15 } = {}) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await sleep(50);
  }
}
