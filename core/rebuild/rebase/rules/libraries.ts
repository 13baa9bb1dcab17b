import { posix } from 'node:path';
import type { ElfFacts } from '../../../layers/elf.ts';
import type { FileSystem } from '../../../layers/filesystem.ts';
import { environmentOf } from '../../../oci/environment.ts';
import type { BaseSide, RebaseEvidence } from '../evidence.ts';
import { relativeTo } from '../search.ts';

/** Own programs and libraries whose loader, libraries or versions of symbols the new base lacks. */
export function* boundByLibraries(evidence: RebaseEvidence): Generator<string> {
  const { before, after } = evidence;
  const [old, fresh] = [loaderOf(before), loaderOf(after)];
  for (const [path, entry] of evidence.ownFiles) {
    if (entry.kind !== 'file' || entry.program === undefined || entry.program.kind === 'script') continue;
    if (entry.program.kind === 'unread') yield `its program ${path} cannot be read`;
    else yield* boundProgram(path, entry.program.facts, old, fresh);
  }
}

function* boundProgram(path: string, facts: ElfFacts, old: Loader, fresh: Loader): Generator<string> {
  const { interpreter, needed, needs } = facts;
  if (interpreter !== undefined && old.has(interpreter) !== fresh.has(interpreter)) {
    yield `its program ${path} is started by ${interpreter}, which ${old.has(interpreter) ? 'the new base does not have' : 'only the new base has'}`;
  }
  for (const library of needed) {
    const [was, is] = [old.library(path, facts, library), fresh.library(path, facts, library)];
    if (was !== undefined && is === undefined)
      yield `its program ${path} needs ${library}, which the new base does not have`;
    if (was === undefined && is !== undefined)
      yield `its program ${path} needs ${library}, which only the new base has`;
    if (was === undefined || is === undefined || was.hash === is.hash) continue;
    const wanted = needs.flatMap((need) => (need.startsWith(`${library} `) ? [need.slice(library.length + 1)] : []));
    const lacking = wanted.find((version) => was.offers.has(version) && !is.offers.has(version));
    if (lacking !== undefined)
      yield `its program ${path} needs ${lacking} of ${library}, which the new base's no longer offers`;
  }
}

interface Library {
  readonly hash: string | undefined;
  readonly offers: ReadonlySet<string>;
}

interface Loader {
  readonly has: (path: string) => boolean;
  /** What a program loads under a name (ld.so(8)); undefined where there is nothing. */
  readonly library: (path: string, facts: ElfFacts, name: string) => Library | undefined;
}

const triplets: Readonly<Record<number, string>> = {
  3: 'i386-linux-gnu',
  40: 'arm-linux-gnueabihf',
  21: 'powerpc64le-linux-gnu',
  22: 's390x-linux-gnu',
  62: 'x86_64-linux-gnu',
  183: 'aarch64-linux-gnu',
  243: 'riscv64-linux-gnu',
};

function loaderOf({ whole, config }: BaseSide): Loader {
  const configured = configuredFolders(whole);
  const variable = (environmentOf(config).get('LD_LIBRARY_PATH') ?? '').split(/[:;]/).filter((folder) => folder !== '');
  const known = new Map<string, Library | undefined>();
  const at = (path: string): Library | undefined => {
    if (!known.has(path)) known.set(path, libraryAt(whole, path));
    return known.get(path);
  };
  return {
    has: (path) => at(relativeTo('/', path)) !== undefined,
    library: (path, { runpath, machine }, name) => {
      const origin = posix.dirname(`/${path}`);
      const own = runpath.map((folder) => folder.replaceAll(/\$(?:\{ORIGIN\}|ORIGIN)/g, origin));
      const usual = ['lib', 'usr/lib', 'lib64', 'usr/lib64', 'usr/local/lib'];
      const arch = triplets[machine];
      const folders = [
        ...variable,
        ...own,
        ...configured,
        ...(arch === undefined ? [] : [`lib/${arch}`, `usr/lib/${arch}`]),
        ...usual,
      ];
      if (name.includes('/')) return at(relativeTo('/', name));
      for (const folder of new Set(folders)) {
        const found = at(relativeTo(relativeTo('/', folder) === '' ? '/' : `/${relativeTo('/', folder)}`, name));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function libraryAt(files: FileSystem, path: string): Library | undefined {
  const entry = files.at(files.follow(path));
  if (entry?.kind !== 'file') return undefined;
  const offers = entry.program?.kind === 'elf' ? entry.program.facts.offers : [];
  return { hash: entry.hash, offers: new Set(offers) };
}

// ldconfig(8), and musl's path file.
function configuredFolders(files: FileSystem): readonly string[] {
  const texts = [...filesOfConfiguration(files)].map((path) => files.text(path) ?? '');
  return texts
    .flatMap((text) => text.split(/[\n:]/))
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line.startsWith('/'));
}

function* filesOfConfiguration(files: FileSystem): Generator<string> {
  yield 'etc/ld.so.conf';
  const folder = files.root.children?.get('etc')?.children?.get('ld.so.conf.d');
  for (const name of folder?.children?.keys() ?? []) yield `etc/ld.so.conf.d/${name}`;
  for (const name of files.root.children?.get('etc')?.children?.keys() ?? []) {
    if (/^ld-musl-.*\.path$/.test(name)) yield `etc/${name}`;
  }
}
