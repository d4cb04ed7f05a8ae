// Many processes at once, each of which is followed by another one when it ends, until all are told to stop.

import { setTimeout as sleep } from 'node:timers/promises';

export class Crowd {
  #running = new Map();
  #stopping = false;
  #places;

  // `start(place)` starts the process of a place, and `ended(result, place)` hears how it ended; a pause of up to
  // `pause` seconds lies between two of them.
  constructor({ size, start, ended, pause = 0.2 }) {
    this.#places = Array.from({ length: size }, async (_, place) => {
      while (!this.#stopping) {
        const command = start(place);
        const began = performance.now();
        this.#running.set(place, command);
        const result = await command.whenEnded;
        this.#running.delete(place);
        ended({ ...result, pid: command.pid, began }, place);
        await sleep(Math.random() * pause * 1000);
      }
    });
  }

  // Those that run at this moment.
  get pids() {
    return [...this.#running.values()].filter((command) => command.running).map((command) => command.pid);
  }

  // No more are started; resolves when the last one has ended. `end(command)` asks one that runs to end.
  async stop(end = () => undefined) {
    this.#stopping = true;
    for (const command of this.#running.values()) end(command);
    await Promise.all(this.#places);
  }
}

// Ends a process without a word.
export function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false; // it has ended by itself
  }
}
