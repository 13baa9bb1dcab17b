import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** Keeps a port that is no longer listened on from being given to another server of these tests: whoever connects there is refused. */
export async function holdPort(port: number): Promise<void> {
  const other = createServer((socket) => socket.unref()).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: target } = other.address() as AddressInfo;
  const held = connect({ port: target, host: '127.0.0.1', localAddress: '127.0.0.1', localPort: port });
  await once(held, 'connect');
  held.on('error', () => {});
  held.unref();
  other.unref();
}
