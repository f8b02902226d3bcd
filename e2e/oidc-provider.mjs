// A certified OpenID provider (npm `oidc-provider`) on a free port of this machine, with the login and consent pages it
// brings along for development: any name signs in as that name.

import { createServer } from 'node:http';

import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const ALGORITHMS = { RS256: {}, ES256: {}, EdDSA: { crv: 'Ed25519' } };

/** What the clients share with the provider; special characters test how it travels. */
export const CLIENT_SECRET = 'a secret with : and % and +';

/**
 * One client for each way to sign tokens: `rs256`, `es256`, `eddsa`.
 * @param {(client: string) => string} redirectOf where the browser of a client is sent back to
 * @returns {Promise<{issuer: string, stop: () => Promise<void>}>}
 */
export async function startProvider(redirectOf) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Another host than the counter's 127.0.0.1, so that coming back is cross-site as in life.
  const issuer = `http://localhost:${server.address().port}`;
  const keys = await Promise.all(Object.entries(ALGORITHMS).map(([alg, options]) => key(alg, options)));
  const provider = new Provider(issuer, {
    clients: Object.keys(ALGORITHMS).map((alg) => ({
      client_id: alg.toLowerCase(),
      client_secret: CLIENT_SECRET,
      redirect_uris: [redirectOf(alg.toLowerCase())],
      id_token_signed_response_alg: alg,
    })),
    jwks: { keys },
    enabledJWA: { idTokenSigningAlgValues: Object.keys(ALGORITHMS) },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    cookies: { keys: ['only for tests'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `小林${id}`, email: `${id}@example.com`, email_verified: true }),
    }),
  });
  server.on('request', provider.callback());
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { issuer, stop };
}

async function key(alg, options) {
  const { privateKey } = await generateKeyPair(alg, { ...options, extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg };
}
