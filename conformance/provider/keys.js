// The provider's signing key, new for each world, so that no token outlives the run it was made in.

import { generateKeyPairSync, randomUUID } from 'node:crypto';

export function makeKeys() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: `sandbox-${randomUUID()}` }],
  };
}
