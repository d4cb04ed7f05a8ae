// The two clients CARTO's tenant would know: the one people sign in with, and a job's.

export const PERSON_CLIENT_ID = '0dxb8HR3ATXCxJiPOJVHsLoHoAtbRX6u';
export const JOB_CLIENT_ID = 'sandbox-job';
export const JOB_SECRET = 'sandbox-a-job-secret-of-the-conformance-suite';

export function makeClients({ pasteUrl, personScope }) {
  return [
    {
      client_id: PERSON_CLIENT_ID,
      client_name: 'carto-auth',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      // For a native client any port of a registered loopback address is allowed
      // (RFC 8252 section 7.3), so the suite never fights over port 10000.
      redirect_uris: [
        'http://localhost:10000/callback/',
        'http://127.0.0.1:10000/callback/',
        'http://[::1]:10000/callback/',
        pasteUrl,
      ],
      // A scope a client is not registered for is answered with `invalid_scope`: what a tenant
      // that has not turned on offline access may say.
      scope: personScope,
    },
    {
      client_id: JOB_CLIENT_ID,
      client_secret: JOB_SECRET,
      client_name: 'a nightly job',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ];
}
