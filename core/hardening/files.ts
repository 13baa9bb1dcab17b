import { posix } from 'node:path';
import type { HardeningKind } from '../scan/hardening-facts.ts';
import { programs, programsIn, setuidFiles } from '../validate/absence.ts';
import type { ImageFiles } from '../validate/image-files.ts';

const downloaders = ['curl', 'wget', 'aria2c', 'nc', 'ncat', 'netcat', 'socat', 'ftp', 'tftp', 'scp'];
const compilers = ['cc', 'gcc', 'g++', 'c++', 'clang', 'clang++', 'tcc', 'rustc', 'go', 'make', 'ld', 'as'];

// Names that tools give to files of credentials; nothing of their content is read.
const secretNames =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.git-credentials|\.netrc|_netrc|\.pypirc|\.npmrc|\.yarnrc\.yml|\.vault-token|\.pgpass|\.my\.cnf|\.env(?:\.(?:local|production|prod|staging))?|application_default_credentials\.json|msal_token_cache\.json|accessTokens\.json|terraform\.tfstate|.*\.(?:p12|pfx|jks|kdbx|ppk))$/;
const secretPaths = /(?:^|\/)(?:\.docker\/config\.json|\.aws\/credentials|\.kube\/config|\.config\/gh\/hosts\.yml)$/;
// What language runtimes and distributions ship as examples and settings of their own.
const shipped = /(?:^|\/)(?:usr\/share|usr\/lib|node_modules|site-packages|dist-packages|testdata|examples?)\//;

/** The files of an image that show a fact, by name. */
export function filesOf(
  kind: Exclude<HardeningKind, 'root-user'>,
  files: ImageFiles,
  searchPath: string,
): readonly string[] {
  switch (kind) {
    case 'shell':
    case 'package-manager':
      return programsIn(files, programs[kind], searchPath);
    case 'downloader':
      return programsIn(files, downloaders, searchPath);
    case 'compiler':
      return programsIn(files, compilers, searchPath);
    case 'setuid':
      return setuidFiles(files);
    case 'secrets':
      return [...files.paths()].filter((path) => isSecret(path) && files.at(path)?.kind === 'file').sort();
  }
}

function isSecret(path: string): boolean {
  if (shipped.test(path)) return false;
  return secretNames.test(posix.basename(path)) || secretPaths.test(path);
}
