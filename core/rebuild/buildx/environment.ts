import type { World } from '../../ports.ts';

// What the docker client and the credential helpers that it starts need to find their files, the daemon and the network.
const passedOn = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramFiles',
  'PATHEXT',
  'SystemRoot',
  'TMPDIR',
  'TEMP',
  'TMP',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
  'DOCKER_API_VERSION',
  'DOCKER_CERT_PATH',
  'DOCKER_CONFIG',
  'DOCKER_CONTEXT',
  'DOCKER_HOST',
  'DOCKER_TLS',
  'DOCKER_TLS_VERIFY',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'KUBECONFIG',
  'SOURCE_DATE_EPOCH',
];

/** The environment of a docker process: no token or secret of the run but what docker itself reads from files. */
export function dockerEnvironment({ env }: Pick<World, 'env'>): Readonly<Record<string, string>> {
  const names = [
    ...passedOn,
    ...Object.keys(env).filter((name) => /^BUILDX_/.test(name)),
    // A daemon behind ssh:// is reached with the user's agent; no other build needs it.
    ...(env.DOCKER_HOST?.startsWith('ssh://') ? ['SSH_AUTH_SOCK'] : []),
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
