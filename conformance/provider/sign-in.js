// The provider's side of a person taking part: who they are, whether they allow it, or their No.

import { consentPage, signInPage } from './pages.js';
import { personWith } from './people.js';

export function signInRoutes(provider, organizations) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/u/sign-in/')) return next();
    const interaction = await provider.interactionDetails(ctx.req, ctx.res);
    const answer = ctx.method === 'POST' ? await form(ctx.req) : undefined;
    if (answer?.get('answer') === 'cancel') return finish(ctx, REFUSAL);

    if (interaction.prompt.name === 'login') {
      const who = answer && personWith(answer.get('email'), answer.get('password'));
      if (who) return finish(ctx, { login: { accountId: who.subject } });
      return show(ctx, signInPage({
        action: ctx.path,
        client: await clientName(interaction),
        problem: answer && 'This email and password do not belong together.',
      }));
    }

    if (answer) return finish(ctx, { consent: { grantId: await grant(interaction) } });
    return show(ctx, consentPage({
      action: ctx.path,
      client: await clientName(interaction),
      scopes: interaction.params.scope,
      organization: interaction.params.organization,
    }));
  };

  async function finish(ctx, result) {
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
  }

  async function clientName(interaction) {
    return (await provider.Client.find(interaction.params.client_id)).clientName;
  }

  async function grant(interaction) {
    const { missingOIDCScope, missingResourceScopes } = interaction.prompt.details;
    // Always a grant of its own: two sign-ins of one browser session must not share a family of
    // refresh tokens, or the reuse of one would end the other.
    const given = new provider.Grant({
      accountId: interaction.session.accountId,
      clientId: interaction.params.client_id,
    });
    given.addOIDCScope(interaction.params.scope ?? '');
    if (missingOIDCScope) given.addOIDCScope(missingOIDCScope.join(' '));
    for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
      given.addResourceScope(resource, scopes.join(' '));
    }
    const grantId = await given.save();
    if (interaction.params.organization) organizations.set(grantId, interaction.params.organization);
    return grantId;
  }
}

function show(ctx, html) {
  ctx.type = 'html';
  ctx.set('cache-control', 'no-store');
  ctx.body = html;
}

async function form(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

const REFUSAL = {
  error: 'access_denied',
  error_description: 'The person cancelled the sign-in',
};
