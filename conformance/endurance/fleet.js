// Twenty processes of one job: ten that stay, in Python, and ten that come and go, of the command.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { exit } from '../command/command.js';
import { Crowd } from './crowd.js';

const WORKER = fileURLToPath(new URL('worker.py', import.meta.url));

export class Fleet {
  failures = [];
  tokens = { ofThoseThatCame: 0, ofThoseThatStayed: 0 };
  #crowds = [];
  #stays;
  #comes;

  // In this place, with these variables; `python` is one that has the package.
  constructor({ place, environment, python }) {
    this.#stays = () => place.start([WORKER], { environment, program: python, stdin: 'open' });
    this.#comes = () => place.start(['token'], { environment });
  }

  get pids() {
    return this.#crowds.flatMap((crowd) => crowd.pids);
  }

  // Works for that long.
  async work(seconds) {
    this.#crowds = [
      new Crowd({ size: 10, start: this.#stays, ended: (result) => this.#stayed(result) }),
      new Crowd({ size: 10, start: this.#comes, ended: (result) => this.#came(result) }),
    ];
    await sleep(seconds * 1000);
    await Promise.all([this.#crowds[0].stop((command) => command.say('')), this.#crowds[1].stop()]);
  }

  #came({ code, stderr }) {
    if (code === exit.ok) this.tokens.ofThoseThatCame += 1;
    else this.#failed(code, stderr);
  }

  #stayed({ code, stdout, stderr }) {
    if (code !== 0) {
      this.#failed(code, stderr);
      return;
    }
    const { tokens, failures } = JSON.parse(stdout);
    this.tokens.ofThoseThatStayed += tokens;
    this.failures.push(...failures);
  }

  // Whoever was killed has not failed.
  #failed(code, stderr) {
    if (code !== 'SIGKILL') this.failures.push(`${code}: ${stderr}`);
  }
}
