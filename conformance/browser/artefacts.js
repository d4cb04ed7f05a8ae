// Pictures for a person to look at after the run.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../artefacts/', import.meta.url));

export async function keepPicture(page, name) {
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: true });
}
