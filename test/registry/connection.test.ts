import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createHttp } from '../../core/world/http.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close();
});

/** A server that writes what it likes: the answer to each request line, and how many connections it saw. */
async function rawServer(answer: (line: string) => readonly string[]) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const part of answer(String(data).split('\r\n', 1)[0] ?? '')) socket.write(part);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, connections: () => connections };
}

async function ask(http: ReturnType<typeof createHttp>, method: 'GET' | 'HEAD', url: string) {
  const { status, headers, body } = await http.send({ method, url, headers: {} });
  let text = '';
  for await (const chunk of body) text += String(Buffer.from(chunk));
  return { status, digest: headers['docker-content-digest'], text };
}

const truth = 'HTTP/1.1 200 OK\r\nDocker-Content-Digest: true\r\nContent-Length: 5\r\n\r\n';

test('connections are kept after HEAD, though nothing says so', async () => {
  const server = await rawServer(() => [truth]);
  const http = createHttp({});
  opened.push(http);
  for (let i = 0; i < 10; i++) expect((await ask(http, 'HEAD', server.url)).digest).toBe('true');
  expect(server.connections()).toBeLessThanOrEqual(3);
});

test('a body after the answer to HEAD is never taken for the answer to the next request', async () => {
  const forged = 'HTTP/1.1 200 OK\r\nDocker-Content-Digest: forged\r\nContent-Length: 6\r\n\r\nforged';
  const server = await rawServer((line) => (line.startsWith('HEAD') ? [truth + forged] : [`${truth}truth`]));
  const http = createHttp({});
  opened.push(http);
  const told: (string | undefined)[] = [];
  for (let i = 0; i < 5; i++) {
    for (const method of ['HEAD', 'GET'] as const) {
      // The server breaks the protocol, so a request may fail; none may be answered by another's leftovers.
      const answer = await ask(http, method, server.url).catch(() => undefined);
      if (answer !== undefined) told.push(`${method} ${answer.digest} ${answer.text}`);
    }
  }
  expect(new Set(told)).toEqual(new Set(['HEAD true ', 'GET true truth']));
});
