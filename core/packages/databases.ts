import type { FileSystem } from '../layers/filesystem.ts';
import { apkInstalled, dpkgParts, dpkgStatus } from '../layers/reading.ts';
import type { InstalledPackage } from './inventory.ts';

const unread =
  /^(?:var\/lib\/(?:rpm|pacman\/local|opkg\/status)|usr\/(?:lib\/sysimage\/rpm|share\/rpm|lib\/opkg\/status))(?:\/|$)/;

export type Installed =
  | { readonly kind: 'read'; readonly packages: readonly InstalledPackage[] }
  | { readonly kind: 'unread'; readonly why: string };

/** The packages that the databases of an image name: dpkg's and apk's. */
export function installedIn(files: FileSystem): Installed {
  const parts = [...files.paths()].filter((path) => path.startsWith(`${dpkgParts}/`) && !path.endsWith('.md5sums'));
  const found = [dpkgStatus, ...parts, ...apkInstalled].filter((path) => files.at(path)?.kind === 'file');
  const foreign = [...files.paths()].find((path) => unread.test(path) && files.at(path)?.kind === 'file');
  if (foreign !== undefined) return { kind: 'unread', why: `its package database ${foreign} cannot be read here` };
  const texts = found.map((path) => ({ path, text: files.text(path) }));
  const cut = texts.find(({ text }) => text === undefined);
  if (cut !== undefined) return { kind: 'unread', why: `its package database ${cut.path} is too large` };
  const packages = texts.flatMap(({ path, text = '' }) => (apkInstalled.includes(path) ? apk(text) : dpkg(text)));
  return packages.length === 0 ? { kind: 'unread', why: 'it has no package database' } : { kind: 'read', packages };
}

// deb-control(5): paragraphs of fields, continued by lines that begin with a space.
function dpkg(text: string): readonly InstalledPackage[] {
  return paragraphs(text, /^([A-Za-z-]+):\s*(.*)$/).flatMap((fields) => {
    const [name, version] = [fields.get('Package'), fields.get('Version')];
    const status = fields.get('Status') ?? 'install ok installed';
    if (name === undefined || version === undefined || !status.endsWith(' installed')) return [];
    return [{ name: `${name}:${fields.get('Architecture') ?? ''}`, version }];
  });
}

// apk-tools, apk-installed(5): one letter and a colon a field.
function apk(text: string): readonly InstalledPackage[] {
  return paragraphs(text, /^([A-Za-z]):(.*)$/).flatMap((fields) => {
    const [name, version] = [fields.get('P'), fields.get('V')];
    return name === undefined || version === undefined ? [] : [{ name, version }];
  });
}

function paragraphs(text: string, field: RegExp): readonly ReadonlyMap<string, string>[] {
  return text.split(/\n\s*\n/).map((paragraph) => {
    const fields = new Map<string, string>();
    for (const line of paragraph.split('\n')) {
      const [, name, value] = field.exec(line) ?? [];
      if (name !== undefined && value !== undefined && !fields.has(name)) fields.set(name, value.trim());
    }
    return fields;
  });
}
