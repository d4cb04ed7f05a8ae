// The provider's side of a person taking part: who they are, whether they allow it, or their No.

import { API_SCOPES, RESOURCE } from './auth0.js';
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

  // Always a grant of its own, never what the browser's session was granted before: two sign-ins
  // must not share a family of refresh tokens, or the reuse of one would end the other. So it holds
  // all that was asked for and not just what the session lacked.
  async function grant(interaction) {
    const given = new provider.Grant({
      accountId: interaction.session.accountId,
      clientId: interaction.params.client_id,
    });
    const asked = (interaction.params.scope ?? '').split(' ');
    const ofApi = asked.filter((scope) => API_SCOPES.includes(scope));
    given.addOIDCScope(asked.filter((scope) => !ofApi.includes(scope)).join(' '));
    if (ofApi.length) given.addResourceScope(RESOURCE, ofApi.join(' '));
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
