// The little of CARTO that a sign-in touches after the tokens: accounts, config.yaml, the API.
//
// Tokens are checked against the provider's published keys, as a resource server would, so a token
// that gets an answer here is one that works.

import { createLocalJWKSet, jwtVerify } from 'jose';

import { AUDIENCE } from './auth0.js';
import { pastePage } from './pages.js';

export function cartoRoutes({ authority, issuer, publicKeys, settings, warehouse }) {
  const keys = createLocalJWKSet(publicKeys);
  const base = `https://${authority}/api`;
  const refused = new Set();

  async function bearer(ctx) {
    const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1];
    if (!token) return answer(ctx, 401, { error: 'Token not defined', status: 401 });
    if (refused.has(token)) return answer(ctx, 401, { error: 'Token not valid', status: 401 });
    try {
      return (await jwtVerify(token, keys, { issuer, audience: AUDIENCE })).payload;
    } catch {
      return answer(ctx, 401, { error: 'Token not valid', status: 401 });
    }
  }

  const routes = {
    '/accounts': async (ctx) => (await bearer(ctx)) && answer(ctx, 200, {
      tenant_domain: authority, tenant_id: 'conformance', account_id: 'ac_conformance',
    }),
    '/users/me': async (ctx) => {
      const claims = await bearer(ctx);
      return claims && answer(ctx, 200, { user_id: claims.sub, email: claims['http://app.carto.com/email'] });
    },
    '/config.yaml': (ctx) => {
      ctx.type = 'text/yaml';
      ctx.body = `apis:\n  baseUrl: "${base}"\n  workspaceUrl: "https://${authority}/workspace-api"\n`;
    },
    '/api/v3/connections': async (ctx) => (await bearer(ctx)) && answer(ctx, 200, [
      { id: 'carto-dw', name: 'carto_dw', provider_id: 'bigquery' },
    ]),
    '/api/v3/connections/carto-dw/token': async (ctx) => (await bearer(ctx)) && answer(ctx, 200, warehouse.mint()),
    '/api/v3/sql/carto_dw/query': async (ctx) => (await bearer(ctx)) && answer(ctx, 200, {
      rows: [{ one: 1 }], schema: [{ name: 'one', type: 'number' }], meta: { cacheHit: false },
    }),
  };

  return {
    base,
    // From now on the API answers 401 to this token, however good its signature.
    refuse: (token) => refused.add(token),
    async middleware(ctx, next) {
      if (ctx.path === settings.pastePath) {
        ctx.type = 'html';
        ctx.set('referrer-policy', 'no-referrer');
        ctx.body = pastePage({ code: ctx.query.code, problem: ctx.query.error_description ?? ctx.query.error });
        return undefined;
      }
      const route = routes[ctx.path];
      return route ? route(ctx) : next();
    },
  };
}

function answer(ctx, status, body) {
  ctx.status = status;
  ctx.body = body;
  return undefined;
}
