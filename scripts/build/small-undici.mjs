import { join } from 'node:path';

/**
 * Puts into a bundle what is used of undici, half of it: its entry point loads its mocks, caches, WebSocket and fetch too, which
 * a run would compile before its first request. A file that a new version moves fails the build.
 */
export function smallUndici(root) {
  return {
    name: 'small-undici',
    setup: ({ onLoad, onResolve }) => {
      onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'small' }));
      onLoad({ filter: /.*/, namespace: 'small' }, () => ({ contents, resolveDir: join(root, 'scripts') }));
    },
  };
}

const contents = `
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import api from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
// What the toolkit of GitHub's actions takes.
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
// As the entry point does it.
Object.assign(Dispatcher.prototype, api);
export { Agent, EnvHttpProxyAgent, ProxyAgent };
`;
