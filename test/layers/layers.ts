import type { LayerEntry, LayerFiles } from '../../core/layers/layer-files.ts';

/**
 * Layer contents in short: `name` is a file, `name/` a folder, `name -> target` a link, `name => target` a hard link,
 * `-name` a deletion, `-name/*` a folder that is emptied.
 */
export function layer(...lines: readonly string[]): LayerFiles {
  const entries = new Map<string, LayerEntry>();
  const whiteouts: string[] = [];
  const opaque: string[] = [];
  for (const line of lines) {
    const [name = '', target = ''] = line.split(/ [-=]> /);
    if (name.startsWith('-') && name.endsWith('/*')) opaque.push(name.slice(1, -2));
    else if (name.startsWith('-')) whiteouts.push(name.slice(1));
    else if (name.endsWith('/')) entries.set(name.slice(0, -1), { kind: 'directory' });
    else if (line.includes(' -> ')) entries.set(name, { kind: 'symlink', target });
    else if (line.includes(' => ')) entries.set(name, { kind: 'hardlink', target });
    else entries.set(name, { kind: 'file' });
  }
  return { entries, whiteouts, opaque };
}

/** A layer with an os-release of these lines. */
export function osRelease(path: string, ...lines: readonly string[]): LayerFiles {
  return { entries: new Map([[path, { kind: 'file', text: lines.join('\n') }]]), whiteouts: [], opaque: [] };
}
