import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { countRequests, type Order, type Requests, type Setting } from './registry.ts';
import { fill } from './registry-content.ts';

/** The test registry in a process of its own, so that it and who is measured do not wait for each other. */
async function main(setting: Setting): Promise<void> {
  const server = await startRegistry(
    setting.tokens ? { authentication: { kind: 'token', access: { '*': { anonymous: ['pull'] } } } } : {},
  );
  if (setting.latency > 0) server.inject({ effect: { kind: 'delay', milliseconds: setting.latency } });
  process.on('message', (order: Order) => void obey(server, order));
  process.on('disconnect', () => process.exit());
  process.send?.({ host: server.host });
}

async function obey(server: TestRegistry, order: Order): Promise<void> {
  switch (order.kind) {
    case 'fill':
      process.send?.({ filled: await fill(server, order.content) });
      return;
    case 'forget':
      server.forgetRequests();
      process.send?.({});
      return;
    case 'count': {
      const requests: Requests = countRequests(server.requests);
      process.send?.({ requests });
      return;
    }
    case 'tags':
      process.send?.({ digest: server.store.digestOf(order.repository, order.tag) ?? null });
  }
}

void main(JSON.parse(process.argv[2] ?? '{}') as Setting);
