// Kills whoever asks for a token: once for each token that somebody gets, and each time at another step.

import { kill } from './crowd.js';
import { ownerOf } from './processes.js';

// In the order of a renewal: a connection was opened; the request is there, and was not looked at; its answer is
// made, and was not sent; it was sent.
const STEPS = ['connected', 'asking', 'answered', 'sent'];

export class Leaders {
  killed = Object.fromEntries(STEPS.map((step) => [step, 0]));
  #next = 0;
  #kills;
  #may = true;
  #pids = () => [];

  constructor({ killed }) {
    this.#kills = killed;
  }

  // Those who may be killed, from now on.
  among(pids) {
    this.#pids = pids;
  }

  get count() {
    return Object.values(this.killed).reduce((sum, count) => sum + count, 0);
  }

  // What the world calls at each step.
  get hooks() {
    return {
      connected: (socket) => { this.#at('connected', socket.remotePort); },
      tokenAsked: async (ctx) => { this.#at('asking', ctx.req.socket.remotePort); },
      tokenMade: async (ctx) => {
        const { remotePort } = ctx.req.socket;
        if (this.#at('answered', remotePort)) return;
        ctx.res.once('finish', () => {
          // One that got its answer and lives has a token for all: the next leader may be killed.
          if (!this.#at('sent', remotePort)) this.#may = true;
        });
      },
    };
  }

  #at(step, port) {
    if (!this.#kills || !this.#may || STEPS[this.#next] !== step) return false;
    const leader = ownerOf(port, this.#pids());
    if (!leader || !kill(leader)) return false;
    this.killed[step] += 1;
    this.#next = (this.#next + 1) % STEPS.length;
    this.#may = false;
    return true;
  }
}
