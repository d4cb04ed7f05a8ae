// Writes each exchange into the journal, with the form as the provider read it.

export function record(journal) {
  return async (ctx, next) => {
    const entry = { method: ctx.method, path: ctx.path, query: { ...ctx.query } };
    journal.add(entry);
    try {
      await next();
    } finally {
      entry.status = ctx.status;
      entry.form = { ...ctx.oidc?.body };
      if (ctx.path === '/oauth/token') entry.answer = ctx.body;
    }
  };
}
