import type { World } from '../../ports.ts';
import { type Finding, note, ok, warning } from '../check.ts';

/** Where the environment sends requests, and whom it has this process trust. */
export interface NetworkFacts {
  readonly env: World['env'];
  /** Variables that name a file, and whether there is one. */
  readonly files: readonly { readonly name: string; readonly path: string; readonly isThere: boolean }[];
  /** Whether certificates were given with ca-file. */
  readonly hasAuthorities: boolean;
}

const proxyNames = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;
const fileNames = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'] as const;

/** Looks for the files that the environment names. */
export async function networkAtHand({ env, files }: World, authorities: string | undefined): Promise<NetworkFacts> {
  const named = fileNames.flatMap((name) => (env[name] ? [{ name, path: env[name] }] : []));
  return {
    env,
    files: await Promise.all(
      named.map(async (one) => ({ ...one, isThere: (await files.stat(one.path)).kind === 'file' })),
    ),
    hasAuthorities: authorities !== undefined,
  };
}

/** What of the environment changes how registries are reached. */
export function networkFindings({ env, files, hasAuthorities }: NetworkFacts): readonly Finding[] {
  const proxies = proxyNames.flatMap((name) => {
    // The lower case counts first, as curl has it.
    const value = env[name.toLowerCase()] || env[name];
    return value ? [`${name} ${masked(value)}`] : [];
  });
  const missing = files.filter(({ isThere }) => !isThere);
  const found = files.filter(({ isThere }) => isThere).map(({ name, path }) => `${name} ${path}`);
  const trusted = hasAuthorities ? [...found, 'ca-file'] : found;
  return [
    ...(proxies.length === 0 ? [] : [note('proxy', `configured by ${proxies.join(', ')}`)]),
    ...(trusted.length === 0 ? [] : [ok('certificates', `extra authorities come from ${trusted.join(' and ')}`)]),
    ...missing.map(({ name, path }) =>
      warning(name, `names ${path}, and there is no such file`, 'correct or unset it'),
    ),
    ...(env.NODE_TLS_REJECT_UNAUTHORIZED === '0' ? [untrusting] : []),
  ];
}

const untrusting = warning(
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'is 0, so the certificates of registries are not verified',
  'unset it, and trust a private authority with ca-file',
);

/** The address of a proxy with what could be a login left out. */
export function masked(address: string): string {
  const at = address.lastIndexOf('@');
  if (at < 0) return address;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(address)?.[0] ?? '';
  return `${scheme}***${address.slice(at)}`;
}
