import type { World } from '../../ports.ts';
import { type DoctorFinding, note, ok, problem, warning } from '../check.ts';

/** Where the environment sends requests, and whom it has this process trust. */
export interface NetworkFacts {
  readonly env: World['env'];
  /** Variables that name a file, and whether there is one. */
  readonly files: readonly { readonly name: string; readonly path: string; readonly isThere: boolean }[];
  /** Whether certificates were given with ca-file. */
  readonly hasAuthorities: boolean;
}

const proxyNames = ['HTTPS_PROXY', 'HTTP_PROXY'] as const;
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
export function networkFindings({ env, files, hasAuthorities }: NetworkFacts): readonly DoctorFinding[] {
  const proxies = proxyNames.flatMap((name) => {
    const value = variable(env, name);
    const address = value === undefined ? undefined : masked(value);
    return address === undefined ? [] : [`${name} ${address}`];
  });
  const excepted = variable(env, 'NO_PROXY');
  const configured = excepted === undefined ? proxies : [...proxies, `NO_PROXY ${excepted}`];
  const missing = files.filter(({ isThere }) => !isThere);
  const found = files.filter(({ isThere }) => isThere).map(({ name, path }) => `${name} ${path}`);
  const trusted = hasAuthorities ? [...found, 'ca-file'] : found;
  return [
    ...(proxies.length === 0 ? [] : [note('proxy', `configured by ${configured.join(', ')}`)]),
    ...proxyNames.flatMap((name) => unusableProxy(name, variable(env, name))),
    ...(trusted.length === 0 ? [] : [ok('certificates', `extra authorities come from ${trusted.join(' and ')}`)]),
    ...missing.map(({ name, path }) =>
      warning(name, `names ${path}, and there is no such file`, 'correct or unset it'),
    ),
    ...(env.NODE_TLS_REJECT_UNAUTHORIZED === '0' ? [untrusting] : []),
  ];
}

// The lower case counts first, as curl has it.
function variable(env: World['env'], name: string): string | undefined {
  return env[name.toLowerCase()] || env[name] || undefined;
}

function unusableProxy(name: string, value: string | undefined): readonly DoctorFinding[] {
  if (value === undefined || masked(value) !== undefined) return [];
  return [problem(name, 'is not the address of a proxy', 'write it as http://HOST:PORT')];
}

const untrusting = warning(
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'is 0, so the certificates of registries are not verified',
  'unset it, and trust a private authority with --ca-file',
);

/** The address of a proxy with its login left out; undefined where it is not one, and could hold a login anywhere. */
export function masked(address: string): string | undefined {
  const whole = /^[a-z0-9]+:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(whole)) return undefined;
  const { protocol, username, password, host } = new URL(whole);
  return `${protocol}//${username === '' && password === '' ? '' : '***@'}${host}`;
}
