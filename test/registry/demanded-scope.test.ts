import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { parseReference } from '../../core/oci/reference.ts';
import { closeHarnesses, createHarness } from './harness.ts';

afterEach(closeHarnesses);

// A registry that wants more than pulling for a list of tags, beside a token server that grants exactly what it is asked.
async function demanding(demanded: string) {
  const asked: (readonly string[])[] = [];
  const server = createServer((request, response) => {
    const { host = '' } = request.headers;
    const url = new URL(request.url ?? '/', `http://${host}`);
    const granted = (request.headers.authorization ?? '').replace('Bearer ', '').split('+');
    if (url.pathname === '/token') {
      asked.push(url.searchParams.getAll('scope'));
      response.end(JSON.stringify({ token: url.searchParams.getAll('scope').join('+') }));
      return;
    }
    const [, name = '', actions = ''] = demanded.split(/:(.*):/s);
    const isEnough = granted.some(
      (scope) =>
        scope === demanded ||
        (scope.includes(`:${name}:`) &&
          actions.split(',').every((action) => scope.split(':').at(-1)?.split(',').includes(action))),
    );
    if (url.pathname === '/v2/' || !isEnough) {
      response.writeHead(401, {
        'www-authenticate': `Bearer realm="http://${host}/token",service="x",scope="${demanded}",error="insufficient_scope"`,
      });
      response.end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ name: 'app/x', tags: ['1', '2'] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { asked, reference: parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/app/x:1`) };
}

test.each(['repository:app/x:metadata_read', 'repository:app/x:pull,push', 'registry:catalog:*'])(
  'a registry that demands %s gets a token for it',
  async (demanded) => {
    const { asked, reference } = await demanding(demanded);
    const { registry } = createHarness();
    expect(await registry.tags(reference)).toEqual(['1', '2']);
    expect(asked.at(-1)?.join(' ')).toContain(demanded.split(':').at(-1));
  },
);
