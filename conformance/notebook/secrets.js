// Searches files for secrets, in every spelling in which one gets into a file.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

// All that one sign-in has to hide, by name, as the world saw it pass.
export function secretsOf(world) {
  const secrets = new Map();
  const add = (name, value) => value && secrets.set(`${name} ${secrets.size}`, value);
  for (const { state } of world.journal.authorizations()) add('state', state);
  for (const { form, answer } of world.journal.to('/oauth/token')) {
    for (const name of ['code', 'code_verifier', 'refresh_token', 'client_secret']) add(name, form[name]);
    for (const name of ['access_token', 'refresh_token', 'id_token']) add(name, answer?.[name]);
  }
  for (const token of world.warehouse.tokens()) add('warehouse token', token);
  return secrets;
}

// Which secrets are in a file, or in which file below a folder, hidden folders too.
export async function findSecrets(place, secrets) {
  const found = [];
  for (const path of await filesAt(place)) {
    const text = await readFile(path, 'latin1');
    for (const [name, secret] of secrets) {
      for (const [spelling, written] of spellings(secret)) {
        if (text.includes(written)) found.push(`${name}, ${spelling}, in ${path}`);
      }
    }
  }
  return found;
}

async function filesAt(place) {
  if ((await stat(place)).isFile()) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath ?? one.path, one.name));
}

export function spellings(secret) {
  const encoded = encodeURIComponent(secret);
  const spelled = [['plain', secret], ['URL-encoded', encoded], ['URL-encoded twice', encodeURIComponent(encoded)]];
  // In the middle of a longer text base64 has three ways to write the same bytes.
  for (const before of [0, 1, 2]) {
    const whole = Buffer.from('x'.repeat(before) + secret).toString('base64');
    const certain = whole.slice(Math.ceil((before * 4) / 3), -4);
    spelled.push([`base64 at ${before}`, certain], [`base64url at ${before}`, toUrl(certain)]);
  }
  const [, payload, signature] = JWT.exec(secret) ?? [];
  if (payload) {
    spelled.push(['the payload of the JWT', payload], ['the signature of the JWT', signature]);
    spelled.push(['the claims of the JWT', Buffer.from(payload, 'base64url').toString()]);
  }
  return spelled;
}

function toUrl(base64) {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

const JWT = /^eyJ[\w-]+\.([\w-]+)\.([\w-]+)$/;
