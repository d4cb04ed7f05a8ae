// The code of CARTO's page on authentication, which our package has to run as it stands.

import { readFileSync } from 'node:fs';

const [, oauth, m2m, credentialsFile, example, warehouseExample] = readFileSync(
  new URL('cartos-page.txt', import.meta.url), 'utf8',
).split('---\n').map((block) => block.trimEnd());

export const cartosPage = {
  oauth, // "Authentication with OAuth"
  m2m, // "Credentials M2M", which reads `carto-credentials.json`
  credentialsFile, // what its text calls `carto_credentials.json`
  example, // with `!pip install carto-auth`
  warehouseExample, // with `!pip install carto-auth[carto-dw]`
};
