import { layered } from '../../../core/layers/filesystem.ts';
import type { LayerEntry } from '../../../core/layers/layer-files.ts';
import { listLayer } from '../../../core/layers/list-layer.ts';
import type { Reference } from '../../../core/oci/reference.ts';
import { allParts } from '../../../core/rebuild/rebase/parts.ts';
import type { Registry } from '../../../core/registry/registry.ts';

/** Compares images by all that can be seen of them but times: files with modes, owners, attributes and content, and configuration. */
export function imageComparison(registry: Registry): (a: Reference, b: Reference) => Promise<readonly string[]> {
  const seenIn = async (reference: Reference): Promise<ReadonlyMap<string, string>> => {
    const [parts] = await allParts(registry, { reference, manifest: await registry.manifest(reference) });
    if (parts === undefined) throw new Error('no image');
    const layers = await Promise.all(parts.manifest.layers.map((layer) => listLayer(registry, reference, layer)));
    const files = layered(
      layers.map((layer) => {
        if (layer.kind === 'unreadable') throw new Error(layer.why);
        return layer.files;
      }),
    );
    if (files.fault !== undefined) throw new Error(files.fault);
    const seen = new Map<string, string>();
    for (const path of files.paths()) seen.set(path, described(files.at(path)));
    const { author } = parts.config.raw;
    for (const [name, value] of Object.entries({ ...parts.config.config, author }))
      seen.set(`config ${name}`, setting(name, value));
    return seen;
  };
  return async (a, b) => {
    const [one, other] = [await seenIn(a), await seenIn(b)];
    const names = [...new Set([...one.keys(), ...other.keys()])];
    return names.flatMap((name) => {
      const [was, is] = [one.get(name) ?? '', other.get(name) ?? ''];
      return was === is ? [] : [`${name}: ${was} | ${is}`];
    });
  };
}

function described(entry: LayerEntry | undefined): string {
  if (entry === undefined) return '';
  const { mode = 0o755, uid = 0, gid = 0, xattrs = {} } = entry.attributes ?? {};
  const content = entry.kind === 'file' ? entry.hash : entry.kind === 'symlink' ? entry.target : '';
  const permissions = entry.kind === 'symlink' ? '' : mode.toString(8);
  return [entry.kind, permissions, uid, gid, JSON.stringify(xattrs), content].join(' ');
}

// Variables are a set; what is not set is spelled in many ways.
function setting(name: string, value: unknown): string {
  if (name === 'Env' && Array.isArray(value)) return JSON.stringify(value.map(String).toSorted());
  if (value === null || value === undefined || value === '') return '';
  if (Array.isArray(value) && value.length === 0) return '';
  return JSON.stringify(value, (_, part) => sorted(part));
}

function sorted(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
