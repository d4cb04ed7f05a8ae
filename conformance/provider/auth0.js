// Where Auth0 and the standard part ways, and the provider is made to answer as Auth0 does.
//
// Everything else is left as the certified provider does it: the point of this suite is that the
// standard is kept by somebody who has never read our code.

export const AUDIENCE = 'carto-cloud-native-api';
export const RESOURCE = 'urn:carto:cloud-native-api';
export const API_SCOPES = ['read:current_user', 'read:connections', 'read:tokens', 'write:tokens'];

export const routes = {
  authorization: '/authorize',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
  userinfo: '/userinfo',
  jwks: '/.well-known/jwks.json',
  end_session: '/oidc/logout',
};

// Auth0 selects the API by `audience`, a bare name; the standard by `resource`, an absolute URI
// (RFC 8707). Whoever leaves the audience out gets no resource and so an opaque token, as at Auth0.
export function resourceOf(ctx, _client, granted) {
  if (granted) return granted[0];
  const audience = ctx.oidc.params.audience ?? ctx.oidc.body?.audience;
  return audience === AUDIENCE ? RESOURCE : undefined;
}

// Two things Auth0 grants that the standard, or the provider, does not.
//
// OpenID Connect Core section 11 ignores `offline_access` unless consent is asked for; Auth0 gives
// a refresh token without `prompt=consent`, and CARTO's clients never send it. And who asks Auth0
// for no scope of an API gets all that is theirs, where oidc-provider refuses an empty grant.
export async function askAsAuth0Would(ctx, next) {
  if (ctx.path === routes.authorization) {
    const prompts = words(ctx.query.prompt);
    const scopes = words(ctx.query.scope);
    if (!prompts.has('none')) prompts.add('consent');
    if ([...scopes].every((scope) => scope === 'offline_access')) API_SCOPES.forEach((scope) => scopes.add(scope));
    ctx.query = { ...ctx.query, prompt: [...prompts].join(' '), scope: [...scopes].join(' ') };
  }
  await next();
}

function words(text) {
  return new Set(String(text ?? '').split(' ').filter(Boolean));
}

// A token's claims, named as CARTO's tenant names them.
export function shapeLikeCarto(token, jwt, { namespace, personOf }) {
  const who = personOf(token.accountId);
  jwt.header = { ...jwt.header, typ: 'JWT' };
  Object.assign(jwt.payload, {
    azp: token.clientId,
    permissions: [],
    ...(who
      ? { [`${namespace}email`]: who.email, [`${namespace}account_id`]: who.accountId }
      : { sub: `${token.clientId}@clients`, gty: 'client-credentials' }),
  });
}
