import type { Http } from '../../core/ports.ts';

const body = Object.assign((async function* () {})(), { cancel: async () => {} });

/** Registries that nobody runs: each asks for a password, as one without a token server does. */
export const basicRegistries: Http = async () => ({
  status: 401,
  headers: { 'www-authenticate': 'Basic realm="nobody runs it"' },
  body,
});
