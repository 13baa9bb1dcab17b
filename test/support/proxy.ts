import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** What a proxy was asked, and by whom. */
export interface ProxyRequest {
  /** `CONNECT registry.lan:443`, `GET http://registry.lan/v2/` */
  readonly line: string;
  readonly authorization: string | undefined;
}

/** An HTTP proxy inside this process. */
export interface TestProxy {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly seen: readonly ProxyRequest[];
  close(): Promise<void>;
}

/** Starts a proxy behind which every host is `target`; with `status`, it refuses to let anybody through. */
export async function startProxy(target: string, status = 200): Promise<TestProxy> {
  const seen: ProxyRequest[] = [];
  const [host = '', port = ''] = target.split(':');
  const note = ({ method, url, headers }: IncomingMessage) =>
    seen.push({ line: `${method} ${url}`, authorization: headers['proxy-authorization'] });
  const server = createServer((incoming, outgoing) => {
    note(incoming);
    const { method = '', url = '', headers } = incoming;
    const { 'proxy-authorization': _, ...passed } = headers;
    const onward = request(
      { host, port, method, path: url.replace(/^http:\/\/[^/]+/, ''), headers: passed },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, client, head) => {
    note(incoming);
    client.on('error', () => {});
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const tunnel = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel.write(head);
      tunnel.pipe(client).pipe(tunnel);
    });
    tunnel.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
