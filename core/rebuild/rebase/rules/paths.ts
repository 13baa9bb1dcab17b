import type { TreeNode } from '../../../layers/filesystem.ts';
import type { Attributes, LayerEntry } from '../../../layers/layer-files.ts';
import type { OwnLayer, RebaseEvidence } from '../evidence.ts';

const packageDatabases =
  /^(?:var\/lib\/(?:dpkg|rpm|pacman|opkg)|(?:usr\/)?lib\/apk\/db|usr\/lib\/(?:sysimage\/rpm|opkg)|usr\/share\/rpm)(?:\/|$)/;

/** The files among them that only an installation, an upgrade or a removal writes. */
const statusFiles = /\/(?:status|installed|rpmdb\.sqlite|Packages)$|\/status\.d\//;

/** Characters of a path below which package databases are looked for: none stands deeper. */
const longestDatabasePath = 512;

/** Own files where the bases have something, or where a link that differs between them leads. */
export function* boundByPaths(evidence: RebaseEvidence): Generator<string> {
  for (const layer of evidence.own) yield* boundByDatabase(layer);
  for (const layer of evidence.own) {
    for (const why of clashes(layer, evidence)) yield `layer ${layer.number} is bound to the old base: ${why}`;
  }
  yield* aliases(evidence);
}

// A package manager touches much: what it leaves in its database says best that it ran.
function* boundByDatabase({ number, files }: OwnLayer): Generator<string> {
  const written = [...files.entries].flatMap(([path, { kind }]) => (kind === 'directory' ? [] : [path]));
  const touched = [...written, ...files.whiteouts, ...files.opaque].filter(
    (path) => path.length < longestDatabasePath && packageDatabases.test(path),
  );
  const found = touched.find((path) => statusFiles.test(path)) ?? touched[0];
  if (found !== undefined) {
    yield `layer ${number} is bound to the old base: it touches ${found}, which is of the package database`;
  }
}

interface Place {
  readonly own: TreeNode;
  readonly old: TreeNode | undefined;
  readonly fresh: TreeNode | undefined;
  readonly path: string;
}

// Names side by side in the layer and in both bases, so that no link is followed anywhere.
function* clashes(layer: OwnLayer, { before, after }: RebaseEvidence): Generator<string> {
  const copies = layer.by?.step.kind === 'transfer';
  const open: Place[] = [{ own: layer.tree.root, old: before.files.root, fresh: after.files.root, path: '' }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    for (const [name, own] of place.own.children ?? []) {
      const path = place.path === '' ? name : `${place.path}/${name}`;
      const next = { own, old: place.old?.children?.get(name), fresh: place.fresh?.children?.get(name), path };
      const why = whyNotAt(next, copies);
      if (why === undefined) open.push(next);
      else yield why;
    }
  }
}

function whyNotAt({ own, old, fresh, path }: Place, copies: boolean): string | undefined {
  if (own.hides !== undefined) {
    if (old !== undefined) return `it removes ${path}, which is of the old base`;
    if (fresh !== undefined) return `it removes ${path}, which the new base has`;
  }
  if (own.entry === undefined) return undefined;
  if (own.entry.kind === 'directory') return whyNotFolder({ own, old, fresh, path });
  // A build overwrites a plain file just so; what RUN does with one depends on it.
  if (isPlainOrNothing(old) && isPlainOrNothing(fresh) && copies) return undefined;
  if (old !== undefined) return `it changes ${path}, which is of the old base`;
  return fresh === undefined ? undefined : `it brings ${path}, which the new base has too`;
}

function isPlainOrNothing(node: TreeNode | undefined): boolean {
  return node === undefined || node.entry?.kind === 'file';
}

// Archives repeat the folders above their files: one that both bases have just so is no change.
function whyNotFolder({ own, old, fresh, path }: Place): string | undefined {
  const [was, is] = [old?.entry?.kind, fresh?.entry?.kind];
  if (was !== undefined && was !== 'directory') return `it has a folder ${path}, which is a ${was} in the old base`;
  if (is !== undefined && is !== 'directory') return `it has a folder ${path}, which is a ${is} in the new base`;
  if (was === undefined && is === undefined) return undefined;
  if (is === undefined) return `it writes into ${path}, which the new base no longer has`;
  const there = attributesOf(fresh?.entry);
  if (was !== undefined && attributesOf(old?.entry) !== there) {
    return `it writes into ${path}, whose mode, owner or attributes the new base has changed`;
  }
  if (own.isListed !== true) {
    return was === undefined ? `it writes into ${path}, which the old base does not have` : undefined;
  }
  return attributesOf(own.entry) === there
    ? undefined
    : `it has ${path} with another mode, owner or attributes than the base`;
}

// Folders that no layer lists are made by whoever unpacks the image.
const implied: Attributes = { mode: 0o755, uid: 0, gid: 0 };

function attributesOf(entry: LayerEntry | undefined): string {
  const { mode, uid, gid, xattrs = {} } = entry?.attributes ?? implied;
  const more = Object.entries(xattrs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([mode, uid, gid, more]);
}

// COPY follows links of the base: files may have come where they are through one that leads elsewhere now.
function* aliases({ own, before, after }: RebaseEvidence): Generator<string> {
  const written = (path: string) => own.some(({ tree }) => hasFolder(tree.root, path));
  for (const path of differingLinks(before.files.root, after.files.root)) {
    for (const { files } of [before, after]) {
      if (files.at(path)?.kind !== 'symlink') continue;
      const folder = files.follow(path);
      if (files.isDirectory(path) && written(folder)) {
        yield `it writes into ${folder === '' ? '/' : folder}, and the link ${path} that leads there differs between the bases`;
      }
    }
  }
}

function hasFolder(root: TreeNode, path: string): boolean {
  let node: TreeNode | undefined = root;
  for (const part of path === '' ? [] : path.split('/')) node = node?.children?.get(part);
  return node?.children !== undefined || node?.entry?.kind === 'directory';
}

function* differingLinks(before: TreeNode, after: TreeNode): Generator<string> {
  const open: { old: TreeNode | undefined; fresh: TreeNode | undefined; path: string }[] = [
    { old: before, fresh: after, path: '' },
  ];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const names = new Set([...(pair.old?.children?.keys() ?? []), ...(pair.fresh?.children?.keys() ?? [])]);
    for (const name of names) {
      const [old, fresh] = [pair.old?.children?.get(name), pair.fresh?.children?.get(name)];
      const path = pair.path === '' ? name : `${pair.path}/${name}`;
      if (targetOf(old) !== targetOf(fresh)) yield path;
      open.push({ old, fresh, path });
    }
  }
}

function targetOf(node: TreeNode | undefined): string | undefined {
  return node?.entry?.kind === 'symlink' ? node.entry.target : undefined;
}
