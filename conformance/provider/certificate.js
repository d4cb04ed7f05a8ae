// A certificate authority that lives as long as one run, and one certificate under it.
//
// TLS is not decoration here: the command sends secrets over plain http to nobody but a sandbox on
// loopback, and a private authority is what self-hosted CARTO gives its users. Both are shown by
// handing `caFile` to the command as SSL_CERT_FILE.

import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';

import { names } from './names.js';

const run = promisify(execFile);

export async function makeCertificate() {
  const folder = await mkdtemp(join(tmpdir(), 'carto-auth-conformance-ca-'));
  const at = (name) => join(folder, name);
  const openssl = (...args) => run('openssl', args, { cwd: folder });

  await writeFile(at('leaf.ext'), leafExtensions());
  await openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2',
    '-subj', '/CN=carto-auth conformance authority',
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  await openssl('req', ...NEW_KEY, '-keyout', 'leaf.key', '-out', 'leaf.csr',
    '-subj', '/CN=carto-auth conformance');
  await openssl('x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key',
    '-CAcreateserial', '-days', '2', '-extfile', 'leaf.ext', '-out', 'leaf.pem');

  const ca = await readFile(at('ca.pem'), 'utf8');
  const certificate = await readFile(at('leaf.pem'), 'utf8');
  await writeFile(at('bundle.pem'), [ca, ...await everybodyElse()].join('\n'));
  return {
    folder,
    caFile: at('ca.pem'),
    bundleFile: at('bundle.pem'),
    ca,
    certificate: certificate + ca,
    key: await readFile(at('leaf.key'), 'utf8'),
    spki: publicKeyHash(certificate),
  };
}

// Whom this machine trusts otherwise: a program that also talks to the world outside (pip) needs both.
async function everybodyElse() {
  const named = process.env.SSL_CERT_FILE ?? process.env.NODE_EXTRA_CA_CERTS;
  return [...rootCertificates, ...(named ? [await readFile(named, 'utf8')] : [])];
}

// What Chromium's `--ignore-certificate-errors-spki-list` compares: it then trusts this key alone,
// where `--ignore-certificate-errors` would trust everyone.
function publicKeyHash(pem) {
  const der = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64');
}

function leafExtensions() {
  return [
    'basicConstraints=CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
    `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')},IP:127.0.0.1,IP:::1`,
  ].join('\n');
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
