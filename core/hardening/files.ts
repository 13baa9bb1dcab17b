import { posix } from 'node:path';
import type { LayerFiles } from '../layers/layer-files.ts';
import type { HardeningKind } from '../scan/hardening-facts.ts';
import { programs, programsIn, programsLike, setuidFiles } from '../validate/absence.ts';
import type { ImageFiles } from '../validate/image-files.ts';

const downloaders = ['curl', 'wget', 'aria2c', 'nc', 'ncat', 'netcat', 'socat', 'ftp', 'tftp', 'scp'];
// "x86_64-linux-gnu-gcc-12", "clang++-14", "ld.gold", "musl-gcc".
const compiler =
  /^(?:[a-z\d_]{1,20}-){0,5}(?:cc|gcc|g\+\+|c\+\+|c89|c99|cpp|clang|clang\+\+|gfortran|tcc|ld|as|rustc|go|gccgo|javac|kotlinc|ghc|make|gmake|cmake|ninja)(?:[-.](?:\d{1,4}(?:\.\d{1,4}){0,2}|bfd|gold|lld))?$/;
// Package managers of languages and people, beside those of distributions; "pip3.11".
const packageManager =
  /^(?:(?:pip|pipx|easy_install|gem|bundle|bundler)(?:-?\d{1,2}(?:\.\d{1,3}){0,2})?|uv|uvx|poetry|pdm|conda|mamba|micromamba|npm|npx|yarn|yarnpkg|pnpm|pnpx|corepack|bun|bunx|deno|cargo|composer|mvn|gradle|nuget|cpan|cpanm|luarocks|brew|nix|nix-env|snap|flatpak|ipkg|xbps-install|emerge|pkg)$/;

// Names that tools give to files of credentials.
const secretNames =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.git-credentials|\.netrc|_netrc|\.pypirc|\.npmrc|\.yarnrc\.yml|\.vault-token|\.pgpass|\.my\.cnf|\.env(?:\.(?:local|production|prod|staging))?|application_default_credentials\.json|msal_token_cache\.json|accessTokens\.json|terraform\.tfstate|.*\.(?:p12|pfx|jks|kdbx|ppk))$/;
const secretPaths = /(?:^|\/)(?:\.docker\/config\.json|\.aws\/credentials|\.kube\/config|\.config\/gh\/hosts\.yml)$/;
// What language runtimes and distributions ship as examples and settings of their own.
const shipped = /(?:^|\/)(?:usr\/share|usr\/lib|node_modules|site-packages|dist-packages|testdata|examples?)\//;

/** The files of an image that show a fact, by name. */
export function filesOf(
  kind: Exclude<HardeningKind, 'root-user' | 'deleted-secrets' | 'secret-variables'>,
  files: ImageFiles,
  searchPath: string,
): readonly string[] {
  switch (kind) {
    case 'shell':
      return programsIn(files, programs[kind], searchPath);
    case 'package-manager': {
      const others = programsLike(files, (name) => packageManager.test(name), searchPath);
      return [...programsIn(files, programs[kind], searchPath), ...others.toSorted()];
    }
    case 'downloader':
      return programsIn(files, downloaders, searchPath);
    case 'compiler':
      return programsLike(files, (name) => compiler.test(name), searchPath).toSorted();
    case 'setuid':
      return setuidFiles(files);
    case 'capabilities':
      return [...files.paths()].filter((path) => files.at(path)?.attributes.capable === true).sort();
    case 'secrets':
      return [...files.paths()].filter((path) => isSecret(path, files.at(path))).sort();
  }
}

/** Files of lower layers that look like credentials and are no longer in the image: whoever pulls it has them still. */
export function deletedSecrets(layers: readonly LayerFiles[], files: ImageFiles): readonly string[] {
  const found = layers.flatMap(({ entries }) =>
    [...entries].flatMap(([path, entry]) => (isSecret(path, entry) && files.at(path) === undefined ? [path] : [])),
  );
  return [...new Set(found)].sort();
}

interface Content {
  readonly kind: string;
  readonly marked?: true;
}

function isSecret(path: string, entry: Content | undefined): boolean {
  if (entry?.kind !== 'file' || shipped.test(path)) return false;
  return entry.marked === true || secretNames.test(posix.basename(path)) || secretPaths.test(path);
}
