// What a person does in a notebook, by mouse and keyboard.

import { stat } from 'node:fs/promises';

import { until } from '../command/until.js';

export class Notebook {
  #before = new Map();

  constructor(page, lab) {
    this.page = page;
    this.lab = lab;
  }

  static async open(page, lab) {
    await page.goto(lab.link);
    // The notebook is there before its kernel is, and takes a key press for nothing until then.
    await page.getByText('Python 3 | Idle').waitFor({ timeout: 60_000 });
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor();
    return new Notebook(page, lab);
  }

  // Shift+Enter; it may go on for long.
  async start(index) {
    await this.#cell(index).locator('.cm-content').click();
    this.#before.set(index, await this.#prompt(index).innerText());
    await this.page.keyboard.press('Shift+Enter');
  }

  async run(index, more) {
    await this.start(index);
    return this.ended(index, more);
  }

  // What stands below a cell once it has run.
  async ended(index, { seconds = 120 } = {}) {
    // A cell that ran before shows that number until its new run begins.
    await until(`cell ${index} to end`, async () => {
      const prompt = await this.#prompt(index).innerText();
      return /\[\d+\]/.test(prompt) && prompt !== this.#before.get(index);
    }, { seconds });
    return this.output(index);
  }

  async output(index) {
    return (await this.#cell(index).locator('.jp-OutputArea-output').allInnerTexts()).join('\n');
  }

  async lookAtTheEndOf(index) {
    await this.#cell(index).locator('.jp-OutputArea-output').last().evaluate((output) => output.scrollIntoView({ block: 'end' }));
  }

  link(index) {
    return this.#cell(index).locator('.jp-OutputArea-output a[href*="/authorize?"]');
  }

  input() {
    return this.page.locator('input.jp-Stdin-input');
  }

  async save() {
    const times = () => Promise.all([this.lab.file, this.lab.checkpoint].map(writtenAt));
    const before = await times();
    await this.page.locator('jp-button[data-command="docmanager:save"]').click();
    await until('the notebook and its checkpoint to be written', async () => (
      (await times()).every((time, index) => time > before[index])
    ));
  }

  async theme(name) {
    await this.page.evaluate((theme) => globalThis.jupyterapp.commands.execute('apputils:change-theme', { theme }), name);
    await this.page.locator(`body[data-jp-theme-name="${name}"]`).waitFor({ state: 'attached' });
    await this.page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
  }

  #prompt(index) {
    return this.#cell(index).locator('.jp-InputPrompt');
  }

  #cell(index) {
    return this.page.locator('.jp-Notebook .jp-Cell').nth(index);
  }
}

function writtenAt(path) {
  return stat(path).then(({ mtimeMs }) => mtimeMs, () => 0);
}
