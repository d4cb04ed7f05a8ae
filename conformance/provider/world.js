// A certified OpenID provider, a small CARTO and a smaller BigQuery on one https port of loopback.
//
//     const world = await startWorld({ codeSeconds: 1 });
//     world.environment   // what the command needs to find it
//     world.journal       // what was asked of it
//     await world.close();

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import Provider from 'oidc-provider';

import { askAsAuth0Would, routes } from './auth0.js';
import { cartoRoutes } from './carto.js';
import { makeCertificate } from './certificate.js';
import { JOB_CLIENT_ID, JOB_SECRET, PERSON_CLIENT_ID } from './clients.js';
import { makeConfiguration } from './configuration.js';
import { Journal } from './journal.js';
import { makeKeys } from './keys.js';
import { listenOnLoopback } from './listen.js';
import { issuerHost, pasteHost } from './names.js';
import { errorPage } from './pages.js';
import { record } from './record.js';
import { signInRoutes } from './sign-in.js';
import { makeWarehouse } from './warehouse.js';

const USUAL = {
  port: 0,
  clientScope: 'openid profile email offline_access', // any other is answered with invalid_scope
  codeSeconds: 60,
  tokenSeconds: 86_400,
  holdRedirect: 0, // seconds between making a code and sending the browser back with it
  pastePath: '/auth/token',
  connected: () => undefined, // a connection was opened, and nothing came over it yet
  tokenAsked: async () => undefined, // the token endpoint has a request, and has not looked at it yet
  tokenMade: async () => undefined, // it has its answer, and has not sent it yet
};

export async function startWorld(wanted = {}) {
  const settings = { ...USUAL, ...wanted };
  const tls = await makeCertificate();
  let answer; // the provider wants its issuer, port included, before it can be made
  const server = await listenOnLoopback({
    port: settings.port, tls, handler: (request, response) => answer(request, response), connected: settings.connected,
  });
  const { port } = server;

  // Auth0's issuer ends in a slash, and comparing issuers is where that matters.
  const authority = `${issuerHost}:${port}`;
  const issuer = `https://${authority}/`;
  const pasteUrl = `https://${pasteHost}:${port}${settings.pastePath}`;
  const jwks = makeKeys();
  const organizations = new Map();
  const provider = quietly(() => new Provider(issuer, makeConfiguration({
    jwks, pasteUrl, settings, organizations, cookieKey: randomBytes(32).toString('hex'), renderError,
  })));

  const journal = new Journal();
  const warehouse = makeWarehouse();
  const carto = cartoRoutes({ authority, issuer, publicKeys: publicPart(jwks), settings, warehouse });
  provider.use(record(journal));
  provider.use(hold(settings));
  provider.use(atTokenEndpoint(settings));
  provider.use(askAsAuth0Would);
  provider.use(carto.middleware);
  provider.use(warehouse.middleware);
  provider.use(signInRoutes(provider, organizations));
  answer = provider.callback();
  provider.on('server_error', (_ctx, error) => journal.add({ path: '!', error: String(error.stack) }));

  return {
    issuer, authority, pasteUrl, provider, journal, settings, tls, carto, warehouse,
    publicKeys: publicPart(jwks),
    environment: {
      CARTO_AUTH_URL: `https://${authority}`,
      CARTO_AUTH_CLIENT_ID: PERSON_CLIENT_ID,
      CARTO_AUTH_PASTE_REDIRECT_URI: pasteUrl,
      CARTO_ACCOUNTS_URL: `https://${authority}`,
      SSL_CERT_FILE: tls.caFile,
    },
    // What a Python program needs beside it: Google's client is led here, and pip and `requests`, which
    // do not look at SSL_CERT_FILE, go on trusting everybody else.
    pythonEnvironment: {
      BIGQUERY_EMULATOR_HOST: `https://${authority}`,
      SSL_CERT_FILE: tls.bundleFile,
      REQUESTS_CA_BUNDLE: tls.bundleFile,
      PIP_CERT: tls.bundleFile,
    },
    jobEnvironment: {
      CARTO_API_BASE_URL: carto.base,
      CARTO_M2M_CLIENT_ID: JOB_CLIENT_ID,
      CARTO_M2M_CLIENT_SECRET: JOB_SECRET,
    },
    async close() {
      server.close();
      await rm(tls.folder, { recursive: true, force: true });
    },
  };
}

function hold(settings) {
  return async (ctx, next) => {
    await next();
    if (settings.holdRedirect && /[?&]code=/.test(ctx.response.get('location'))) {
      await sleep(settings.holdRedirect * 1000);
    }
  };
}

function atTokenEndpoint(settings) {
  return async (ctx, next) => {
    if (ctx.path !== routes.token) return next();
    await settings.tokenAsked(ctx);
    await next();
    await settings.tokenMade(ctx);
    return undefined;
  };
}

function renderError(ctx, out) {
  ctx.type = 'html';
  ctx.body = errorPage({ error: out.error, description: out.error_description });
}

function publicPart({ keys }) {
  return { keys: keys.map(({ kty, n, e, kid, alg, use }) => ({ kty, n, e, kid, alg, use })) };
}

// The provider warns at start about Node 20 and about stores in memory: both are meant here.
function quietly(make) {
  const { warn, info } = console;
  console.warn = () => {};
  console.info = () => {};
  try {
    return make();
  } finally {
    console.warn = warn;
    console.info = info;
  }
}
