import { describe, expect, test } from 'vitest';
import { placeToRead, placeToWrite } from '../../core/registry/transport/endpoint.ts';

const plain = { mirrors: {}, insecureHosts: ['registry.lan:5000'] };

describe('where a registry is spoken to', () => {
  test.each([
    ['docker.io', 'https://registry-1.docker.io'],
    ['ghcr.io', 'https://ghcr.io'],
    ['registry.example:5000', 'https://registry.example:5000'],
    ['registry.lan:5000', 'http://registry.lan:5000'],
    ['registry.lan:5001', 'https://registry.lan:5001'],
    ['localhost:5000', 'http://localhost:5000'],
    ['registry.localhost', 'http://registry.localhost'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['127.9.9.9', 'http://127.9.9.9'],
    ['[::1]:5000', 'http://[::1]:5000'],
    ['127.0.0.1.evil.example', 'https://127.0.0.1.evil.example'],
    ['localhost.evil.example', 'https://localhost.evil.example'],
    ['10.0.0.1:5000', 'https://10.0.0.1:5000'],
  ])('%s at %s', (registry, origin) => {
    expect(placeToWrite(plain, { registry, repository: 'app' })).toEqual({
      endpoint: { registry, origin },
      repository: 'app',
    });
  });

  test.each(['user@host', 'host/path', 'host:port', 'a b', '', 'host:1:2'])('"%s" is no host', (registry) => {
    expect(() => placeToWrite(plain, { registry, repository: 'app' })).toThrow(
      'is not a registry host; write HOST or HOST:PORT.',
    );
  });
});

describe('mirrors', () => {
  const mirrors = {
    'docker.io': 'mirror.example/hub',
    'docker.io/library': 'official.example:5000',
    'quay.io/acme/': 'ghcr.io/acme-copies',
    'gcr.io': 'https://mirror.example',
  };
  test.each([
    ['docker.io', 'grafana/grafana', 'mirror.example', 'hub/grafana/grafana'],
    ['docker.io', 'library/node', 'official.example:5000', 'node'],
    ['docker.io', 'library-of-mine/node', 'mirror.example', 'hub/library-of-mine/node'],
    ['quay.io', 'acme/web', 'ghcr.io', 'acme-copies/web'],
    ['quay.io', 'acmeology/web', 'quay.io', 'acmeology/web'],
    ['gcr.io', 'distroless/base', 'mirror.example', 'distroless/base'],
    ['ghcr.io', 'docker.io/x', 'ghcr.io', 'docker.io/x'],
  ])('%s/%s is read from %s/%s', (registry, repository, host, mapped) => {
    const place = placeToRead({ ...plain, mirrors }, { registry, repository });
    expect([place.endpoint.registry, place.repository]).toEqual([host, mapped]);
  });

  test('are never written to', () => {
    const place = placeToWrite({ ...plain, mirrors }, { registry: 'docker.io', repository: 'acme/web' });
    expect(place).toEqual({
      endpoint: { registry: 'docker.io', origin: 'https://registry-1.docker.io' },
      repository: 'acme/web',
    });
  });
});
