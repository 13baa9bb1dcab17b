import type { LayerFiles } from '../layers/layer-files.ts';

/** A name on the way to a package database, wherever links of the layers below may lead. */
const onTheWay = /(?:^|\/)(?:dpkg|apk|rpm|sysimage|pacman|opkg|status|installed|status\.d|Packages)(?:\/|$)/;

/** Folders that package databases are in: what puts something else in their place takes the database away. */
const above: ReadonlySet<string> = new Set(['var', 'var/lib', 'lib', 'usr', 'usr/lib', 'usr/share']);

/** Whether a layer certainly leaves the package databases of the layers below it as they are, whatever these hold. */
export function leavesPackages({ entries, whiteouts, opaque }: LayerFiles): boolean {
  if (whiteouts.length > 0 || opaque.length > 0) return false;
  for (const [path, { kind }] of entries) {
    if (kind !== 'directory' && (above.has(path) || onTheWay.test(path))) return false;
  }
  return true;
}
