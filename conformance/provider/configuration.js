// oidc-provider, set up as CARTO's tenant.

import { errors } from 'oidc-provider';

import { API_SCOPES, AUDIENCE, RESOURCE, resourceOf, routes, shapeLikeCarto } from './auth0.js';
import { makeClients } from './clients.js';
import { personBySubject } from './people.js';

const NAMESPACE = 'http://app.carto.com/';

export function makeConfiguration({ jwks, pasteUrl, settings, cookieKey, organizations, renderError }) {
  return {
    jwks,
    clients: makeClients({ pasteUrl, personScope: settings.clientScope }),
    routes,
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    findAccount: (_ctx, subject) => account(subject),
    cookies: { keys: [cookieKey] },
    renderError,
    interactions: { url: (_ctx, interaction) => `/u/sign-in/${interaction.uid}` },
    extraParams: ['audience', 'organization'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    // The session of the browser that signed in may end; a token at rest elsewhere does not.
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    ttl: {
      AuthorizationCode: () => settings.codeSeconds,
      AccessToken: () => settings.tokenSeconds,
      ClientCredentials: () => settings.tokenSeconds,
      RefreshToken: () => 3600,
      IdToken: () => 600,
      Interaction: () => 600,
      Session: () => 3600,
      Grant: () => 7200,
    },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: resourceOf,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => resourceServer(resource, settings),
      },
    },
    // The organization of the sign-in goes into every token of its grant, renewed ones too.
    extraTokenClaims: (_ctx, token) => {
      const organization = organizations.get(token.grantId);
      return organization && { org_id: organization };
    },
    formats: {
      customizers: {
        jwt: (_ctx, token, jwt) =>
          shapeLikeCarto(token, jwt, { namespace: NAMESPACE, personOf: personBySubject }),
      },
    },
  };
}

function resourceServer(resource, settings) {
  if (resource !== RESOURCE) throw new errors.InvalidTarget();
  return {
    scope: API_SCOPES.join(' '),
    audience: AUDIENCE,
    accessTokenFormat: 'jwt',
    accessTokenTTL: settings.tokenSeconds,
    jwt: { sign: { alg: 'RS256' } },
  };
}

function account(subject) {
  const who = personBySubject(subject);
  return who && { accountId: subject, claims: () => ({ sub: subject, email: who.email, name: who.email }) };
}
