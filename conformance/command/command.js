// One run of the real command, or of another program in its place.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { until } from './until.js';

const BINARY = process.env.CARTO_AUTH_BIN
  ?? fileURLToPath(new URL('../../target/debug/carto-auth', import.meta.url));

// The exit codes the command documents.
export const exit = { ok: 0, failed: 1, usage: 2, personNeeded: 3, refused: 4, network: 5, interrupted: 130 };

export class Command {
  stdout = '';
  stderr = '';
  #child;
  #end;

  // `stdin`: text to pipe in, or `'open'` for a pipe that stays open until `say()`.
  constructor(args, { environment, stdin, cwd, program = BINARY }) {
    this.#child = spawn(program, args, {
      env: environment, cwd, stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => { this.stdout += text; });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
    this.#end = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => resolve({ code: code ?? signal, stdout: this.stdout, stderr: this.stderr }));
    });
    this.#end.catch(() => undefined);
    if (stdin !== undefined) {
      // The command may have ended before it is spoken to.
      this.#child.stdin.on('error', () => undefined);
      if (stdin !== 'open') this.say(stdin);
    }
  }

  say(text) {
    this.#child.stdin.end(text);
  }

  // The link as it is shown to the person.
  shownLink() {
    return until('the command to show its link on stderr', () => linkIn(this.stderr));
  }

  // Its end, however long that takes.
  get whenEnded() {
    return this.#end;
  }

  async ended({ seconds = 30 } = {}) {
    const late = new Promise((_resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(
        `the command still runs after ${seconds} s; it said:\n${this.stdout}${this.stderr}`,
      )), seconds * 1000);
      this.#end.finally(() => clearTimeout(timer)).catch(() => undefined);
    });
    return Promise.race([this.#end, late]);
  }

  get running() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid() {
    return this.#child.pid;
  }

  interrupt() {
    this.#child.kill('SIGINT');
  }

  stop() {
    if (this.running) this.#child.kill('SIGKILL');
  }
}

export function linkIn(text) {
  // Complete only with something after it: stderr arrives in pieces.
  return /(https?:\/\/[^\s'"<>]*\/authorize\?[^\s'"<>]+)\s/.exec(text)?.[1];
}
