// The little of BigQuery that a query through Google's own client needs.
//
// It knows no SQL: every query is answered with the same rows. What it does check is the token: only
// one that CARTO's API handed out opens it, as at Google.

import { randomBytes } from 'node:crypto';

export const PROJECT = 'carto-dw-ac-conformance';

export const rows = [
  { city: 'Madrid', stores: 12 },
  { city: 'New York', stores: 7 },
  { city: 'Sevilla', stores: 5 },
];

const schema = { fields: [{ name: 'city', type: 'STRING' }, { name: 'stores', type: 'INTEGER' }] };

export function makeWarehouse() {
  const tokens = new Set();
  const jobs = new Map();

  // A job is done at once: the client's waiting is Google's business, not ours.
  function job({ jobId, query }) {
    return {
      kind: 'bigquery#job',
      id: `${PROJECT}:US.${jobId}`,
      jobReference: { projectId: PROJECT, jobId, location: 'US' },
      configuration: { jobType: 'QUERY', query: { query, useLegacySql: false } },
      status: { state: 'DONE' },
      statistics: { query: { statementType: 'SELECT' } },
    };
  }

  function results({ jobId, maxResults }) {
    return {
      kind: 'bigquery#getQueryResultsResponse',
      jobReference: { projectId: PROJECT, jobId, location: 'US' },
      jobComplete: true,
      schema,
      totalRows: String(rows.length),
      // Asked for none, to learn the schema alone, Google leaves `rows` out: an empty list would be all.
      ...(maxResults !== '0' && { rows: rows.map(cells) }),
    };
  }

  return {
    tokens: () => [...tokens],
    queries: () => [...jobs.values()],

    mint() {
      const token = `ya29.${randomBytes(24).toString('base64url')}`;
      tokens.add(token);
      return { projectId: PROJECT, token };
    },

    async middleware(ctx, next) {
      const [, project, kind, jobId] = PATH.exec(ctx.path) ?? [];
      if (!project) return next();
      const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1];
      if (!tokens.has(token)) return refuse(ctx, 401, 'UNAUTHENTICATED');
      if (project !== PROJECT) return refuse(ctx, 403, 'accessDenied');
      if (ctx.method === 'POST' && kind === 'jobs') {
        const asked = await body(ctx.req);
        const made = { jobId: asked.jobReference.jobId, query: asked.configuration.query.query };
        jobs.set(made.jobId, made.query);
        ctx.body = job(made);
      } else if (!jobs.has(jobId)) {
        refuse(ctx, 404, 'notFound');
      } else {
        ctx.body = kind === 'jobs'
          ? job({ jobId, query: jobs.get(jobId) })
          : results({ jobId, maxResults: ctx.query.maxResults });
      }
      return undefined;
    },
  };
}

function cells(row) {
  return { f: schema.fields.map(({ name }) => ({ v: String(row[name]) })) };
}

function refuse(ctx, status, reason) {
  ctx.status = status;
  ctx.body = { error: { code: status, message: reason, errors: [{ reason, message: reason }], status: reason } };
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

const PATH = /^\/bigquery\/v2\/projects\/([\w-]+)\/(jobs|queries)(?:\/([\w-]+))?$/;
