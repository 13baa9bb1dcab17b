/** What a user of a kubeconfig signs in with (client.authentication.k8s.io and the auth providers before it). */
export interface KubeconfigUser {
  readonly token?: string | undefined;
  readonly password?: string | undefined;
  readonly 'client-key-data'?: string | undefined;
  readonly exec?:
    | {
        readonly args: readonly string[] | null;
        readonly env: readonly { readonly name: string; readonly value: string }[] | null;
      }
    | null
    | undefined;
  readonly 'auth-provider'?: { readonly config: Readonly<Record<string, string>> | null } | null | undefined;
}

const secretName = /secret|token|password|passwd|pwd|pass$|key|credential|assertion|jwt|pat$/i;
/** From so many characters on a value may be a secret, whatever its name is; the names of profiles and regions are shorter. */
const longSecret = 16;

/** All of it that no log may show. */
export function kubeconfigSecrets(user: KubeconfigUser): readonly string[] {
  const { exec } = user;
  const plain = [user.token, user.password, user['client-key-data']].flatMap((value) => value ?? []);
  const named = [
    ...(exec?.env ?? []).map(({ name, value }) => [name, value] as const),
    ...Object.entries(user['auth-provider']?.config ?? {}),
  ];
  const secrets = named.flatMap(([name, value]) =>
    secretName.test(name) || value.length >= longSecret ? [value] : [],
  );
  return [...plain, ...secrets, ...secretArguments(exec?.args ?? [])].filter((value) => value !== '');
}

// --client-secret=VALUE, or the argument after --client-secret.
function secretArguments(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, at) => {
    const [, flag = '', value = args[at + 1]] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const isOption = value === undefined || (!arg.includes('=') && value.startsWith('--'));
    return secretName.test(flag) && !isOption ? [value] : [];
  });
}
