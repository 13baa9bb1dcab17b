import type { ImageConfig } from '../oci/manifest.ts';

/**
 * Whether what an image starts runs as root: no user, 0 however it is spelt, or a name that the image's own /etc/passwd
 * gives the id 0 (OCI image-spec, config.md: user, uid, user:group, uid:gid). Where that file cannot be read, any name may be.
 */
export function isRoot({ config, os }: ImageConfig, passwd: string | undefined): boolean {
  const stated = typeof config.User === 'string' ? config.User : '';
  const user = (stated.split(':')[0] ?? '').trim();
  if (user === '' || user === 'root' || isZero(user)) return true;
  if (passwd === undefined) return os !== 'windows' && !/^[+-]?\d+$/.test(user);
  const lines = passwd.split('\n').map((line) => line.split(':'));
  return lines.some(([name, , uid = '']) => name === user && isZero(uid));
}

function isZero(text: string): boolean {
  return /^[+-]?0+$/.test(text.trim());
}

// What people call variables of credentials; the last word says what it is ("DB_PASSWORD", "NPM_TOKEN", "apiKey").
const secretName =
  /(?:^|[_-])(?:password|passwd|passphrase|pwd|secret|token|api_?key|access_?key(?:_id)?|private_?key|secret_?key|auth_?key|credentials?|client_?secret)$/i;
// Tokens that show by their form what they are.
const tokens: readonly RegExp[] = [
  /\bgh[opsur]_[A-Za-z\d]{36}/,
  /\bgithub_pat_[A-Za-z\d_]{40}/,
  /\bglpat-[\w-]{20}/,
  /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/,
  /\bxox[abprs]-[\w-]{10}/,
  /\bnpm_[A-Za-z\d]{36}/,
  /\bpypi-[\w-]{50}/,
  /\bAIza[\w-]{35}/,
  /\b[rs]k_live_[A-Za-z\d]{20}/,
  /\bdckr_pat_[\w-]{20}/,
  /-----BEGIN (?:[A-Z]{1,20} )?PRIVATE KEY/,
  /:\/\/[^\s/:@]{1,100}:[^\s/:@$]{3,200}@/,
];
// Not the secret itself: a place where it is, or nothing.
const harmless = /^(?:|["']{2}|\/run\/secrets\/.*|true|false|null|none|changeme|<[^<>]*>|\*+)$/i;
// A variable: in the environment itself nothing is expanded any more, and what only begins like one is a value.
const variable = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/;
const expansion = /^\$/;
const longestLine = 100_000;

/** Names of the variables in an image's configuration and history that look like credentials; their values are not read out. */
export function credentialVariables({ config, history }: ImageConfig): readonly string[] {
  const env = (Array.isArray(config.Env) ? config.Env : []).map(String).flatMap((entry) => {
    const at = entry.indexOf('=');
    return looksSecret(entry.slice(0, at), entry.slice(at + 1), variable) ? [entry.slice(0, at)] : [];
  });
  const built = history.flatMap(({ createdBy = '' }) => secretsIn(createdBy.slice(0, longestLine)));
  return [...new Set([...env, ...built])].sort();
}

// "ARG NPM_TOKEN=x", "RUN |1 NPM_TOKEN=x /bin/sh -c …" and, of older builders, "/bin/sh -c #(nop) ENV A=b".
function secretsIn(line: string): readonly string[] {
  const stated = [
    ...line.matchAll(/(?:^|[\s|"'])([A-Za-z_]\w{0,100})=("[^"]{0,1000}"|'[^']{0,1000}'|[^\s"']{0,1000})/g),
  ];
  const named = stated.flatMap(([, name = '', value = '']) => (looksSecret(name, value, expansion) ? [name] : []));
  return named.length === 0 && tokens.some((token) => token.test(line)) ? ['a token in the history'] : named;
}

function looksSecret(name: string, value: string, elsewhere: RegExp): boolean {
  const bare = value.replace(/^(["'])(.*)\1$/, '$2').trim();
  if (harmless.test(bare) || elsewhere.test(bare)) return false;
  return secretName.test(name) || tokens.some((token) => token.test(bare.slice(0, longestLine)));
}
