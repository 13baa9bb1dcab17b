import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { SeenRequest } from '../../testing/registry.ts';
import type { Bench } from './bench.ts';
import type { Content } from './registry-content.ts';

export interface Setting {
  /** Milliseconds before each answer. */
  readonly latency: number;
  /** Whether it wants tokens, of which one may be for many repositories. */
  readonly tokens: boolean;
}

export type Order =
  | { readonly kind: 'fill'; readonly content: Content }
  | { readonly kind: 'forget' }
  | { readonly kind: 'count' }
  | { readonly kind: 'tags'; readonly repository: string; readonly tag: string };

/** Requests by what they were for. */
export interface Requests {
  readonly head: number;
  readonly get: number;
  /** Of the token server, and to learn that there is one. */
  readonly token: number;
  readonly ping: number;
  readonly write: number;
  /** Bytes of the bodies of requests. */
  readonly uploaded: number;
  /** Most requests for one manifest. */
  readonly most: number;
}

/** The registry of a bench, in another process. */
export interface BenchRegistry {
  readonly host: string;
  fill(content: Content): Promise<readonly string[]>;
  forget(): Promise<void>;
  count(): Promise<Requests>;
  digestOf(repository: string, tag: string): Promise<string | null>;
  stop(): Promise<void>;
}

/** Starts a registry in a process of its own; it ends with this one at the latest. */
export async function startRegistryProcess(bench: Bench, setting: Setting): Promise<BenchRegistry> {
  const child = fork(bench.program('registry-process'), [JSON.stringify(setting)], { serialization: 'advanced' });
  const { host } = await answerOf<{ host: string }>(child);
  const ask = async <T>(order: Order): Promise<T> => {
    child.send(order);
    return answerOf<T>(child);
  };
  return {
    host,
    fill: async (content) => (await ask<{ filled: readonly string[] }>({ kind: 'fill', content })).filled,
    forget: async () => void (await ask({ kind: 'forget' })),
    count: async () => (await ask<{ requests: Requests }>({ kind: 'count' })).requests,
    digestOf: async (repository, tag) =>
      (await ask<{ digest: string | null }>({ kind: 'tags', repository, tag })).digest,
    stop: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the registry ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as T);
    });
  });
}

/** What a list of requests comes to. */
export function countRequests(requests: readonly SeenRequest[]): Requests {
  const count = (wanted: (request: SeenRequest) => boolean) => requests.filter(wanted).length;
  const isPing = ({ path }: SeenRequest) => path === '/v2/';
  const isToken = ({ path }: SeenRequest) => path === '/token';
  const manifests = new Map<string, number>();
  for (const { path } of requests) {
    if (path.includes('/manifests/')) manifests.set(path, (manifests.get(path) ?? 0) + 1);
  }
  return {
    head: count(({ method }) => method === 'HEAD'),
    get: count((request) => request.method === 'GET' && !isPing(request) && !isToken(request)),
    token: count(isToken),
    ping: count(isPing),
    write: count(({ method }) => method !== 'GET' && method !== 'HEAD'),
    uploaded: requests.reduce((sum, { bytes }) => sum + bytes, 0),
    most: Math.max(0, ...manifests.values()),
  };
}

/** The counts in words. */
export function requestWords({ head, get, token, ping }: Requests): string {
  return `${head} HEAD, ${get} GET, ${token} token, ${ping} /v2/`;
}
