import { type Distribution, distributionOf } from '../../../layers/distribution.ts';
import { environmentOf } from '../../../oci/environment.ts';
import type { BaseSide, RebaseEvidence } from '../evidence.ts';
import { programAt } from '../search.ts';

/** The distribution, and the languages that own files are written in, where the new base has other releases of them. */
export function* boundByRuntimes(evidence: RebaseEvidence): Generator<string> {
  const { before, after } = evidence;
  yield* boundBySystem(distributionOf(before.files), distributionOf(after.files));
  const paths = [...evidence.ownFiles.keys()];
  const found = [before, after].map(versionsIn);
  for (const [at, { name, program, belongs }] of runtimes.entries()) {
    const path = paths.find((own) => belongs.test(own));
    if (path === undefined) continue;
    const [old = '', fresh = ''] = found.map((versions) => versions[at]);
    if (old !== fresh) {
      yield `it has ${path}, and ${name} of the base went from ${old || 'none'} to ${fresh || 'none'}`;
    } else if (old === '' && programHash(before, program) !== programHash(after, program)) {
      yield `it has ${path}, and the base has another ${name}, whose version is not known`;
    }
  }
}

function* boundBySystem(old: Distribution | undefined, fresh: Distribution | undefined): Generator<string> {
  if (old === undefined) yield 'the old base does not say which distribution it is (etc/os-release)';
  if (fresh === undefined) yield 'the new base does not say which distribution it is (etc/os-release)';
  if (old === undefined || fresh === undefined) return;
  if (old.id !== fresh.id || old.release !== fresh.release) {
    yield `the base went from ${old.id} ${old.release} to ${fresh.id} ${fresh.release} (etc/os-release)`;
  }
  if (old.libc !== fresh.libc) yield `the base's C library went from ${old.libc} to ${fresh.libc}`;
}

interface Runtime {
  readonly name: string;
  readonly program: string;
  /** Own files that it reads. */
  readonly belongs: RegExp;
  /** Paths of the base that show its release, within which its files stay what they are. */
  readonly release: RegExp;
  /** Files and variables that say it. */
  readonly says?: (side: BaseSide) => string | undefined;
}

const runtimes: readonly Runtime[] = [
  {
    name: 'Node.js',
    program: 'node',
    belongs: /\.(?:[cm]?js|node|ts)$|(?:^|\/)node_modules\//,
    release: /^$/,
    says: nodeMajor,
  },
  {
    name: 'Python',
    program: 'python3',
    belongs: /\.pyc?$|(?:^|\/)(?:pyvenv\.cfg|lib\/python\d)|\.cpython-\d/,
    release: /(?:^|\/)lib\/(python\d+\.\d+)(?:\/|$)/,
  },
  {
    name: 'Ruby',
    program: 'ruby',
    belongs: /\.(?:rb|gemspec)$|(?:^|\/)lib\/ruby\//,
    release: /(?:^|\/)lib\/ruby\/(?:gems\/)?(\d+\.\d+\.\d+)(?:\/|$)/,
  },
  {
    name: 'PHP',
    program: 'php',
    belongs: /\.php$|(?:^|\/)no-debug-(?:non-)?zts-/,
    release: /(?:^|\/)(no-debug-(?:non-)?zts-\d{8})(?:\/|$)/,
  },
  {
    name: 'Perl',
    program: 'perl',
    belongs: /\.p[lm]$/,
    release: /(?:^|\/)(?:lib|share)\/(?:[^/]+\/)?(?:perl5?|perl-base)\/(\d+\.\d+)/,
  },
  {
    name: 'Java',
    program: 'java',
    belongs: /\.(?:jar|war|class)$/,
    release: /(?:^|\/)lib\/jvm\/[^/]*?(\d+)[^/]*(?:\/|$)/,
    says: javaMajor,
  },
  {
    name: '.NET',
    program: 'dotnet',
    belongs: /\.(?:dll|runtimeconfig\.json)$/,
    release: /(?:^|\/)shared\/Microsoft\.NETCore\.App\/(\d+\.\d+)\.[^/]*(?:\/|$)/,
  },
];

/** The releases of every runtime that a base shows, in one walk through it. */
function versionsIn(side: BaseSide): readonly string[] {
  const found = runtimes.map(() => new Set<string>());
  for (const path of side.files.paths()) {
    for (const [at, { release }] of runtimes.entries()) {
      const [, version] = path.length > longestPath ? [] : (release.exec(path) ?? []);
      if (version !== undefined) found[at]?.add(version);
    }
  }
  return runtimes.map(({ says }, at) => says?.(side) ?? [...(found[at] ?? [])].sort().join(' and '));
}

/** Characters of a path that shows a release. */
const longestPath = 512;

// Modules for Node.js are built for one major version (nodejs.org, ABI stability).
function nodeMajor({ files, parts }: BaseSide): string | undefined {
  const header = files.text('usr/local/include/node/node_version.h') ?? files.text('usr/include/node/node_version.h');
  const [, major] = /#define NODE_MAJOR_VERSION (\d+)/.exec(header ?? '') ?? [];
  return major ?? /^v?(\d+)\./.exec(environmentOf(parts.config.config).get('NODE_VERSION') ?? '')?.[1];
}

function javaMajor({ files, parts }: BaseSide): string | undefined {
  const home = environmentOf(parts.config.config).get('JAVA_HOME');
  const text = home === undefined ? undefined : files.text(`${home.replace(/^\/+|\/+$/g, '')}/release`);
  return /^JAVA_VERSION="?(\d+(?:\.\d+)?)/m.exec(text ?? '')?.[1];
}

function programHash({ files, parts }: BaseSide, name: string): string | undefined {
  const path = programAt(files, environmentOf(parts.config.config), name);
  const entry = path === undefined ? undefined : files.at(path);
  return entry?.kind === 'file' ? entry.hash : undefined;
}
