import { field, itemsOf } from '../../json.ts';

/** What one entry of an image's history says was done. */
export type Step =
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'transfer'; readonly keyword: 'copy' | 'add'; readonly rest: string }
  | { readonly kind: 'workdir'; readonly path: string }
  /** An instruction that only sets something: `env`, with all that follows it. */
  | { readonly kind: 'setting'; readonly keyword: string; readonly rest: string }
  /** A program that builds images without a Dockerfile, whose layers are files of its own. */
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'unknown'; readonly text: string };

/** One entry of the history, and whether it made a layer. */
export interface HistoryEntry {
  readonly step: Step;
  readonly filled: boolean;
  /** As it stands in the history. */
  readonly text: string;
}

const settings =
  /^(?:env|label|user|cmd|entrypoint|expose|volume|stopsignal|healthcheck|shell|onbuild|maintainer|arg)$/;
// What extensions of buildpacks made is a RUN on the run image: of "Layer: …" only what buildpacks made counts.
const tools =
  /^(?:jib-|ko build |ko publish |Jib |Buildpacks |Application |Software Bill-of-Materials$|Layer: '[^']*', Created by buildpack: |rules_oci)/;

/** Reads the entries of a history as BuildKit, the classic builder, buildah, kaniko, jib, ko and pack write them. */
export function readHistory(history: unknown): readonly HistoryEntry[] {
  return itemsOf(history).map((entry) => {
    const [by, comment] = [field(entry, 'created_by'), field(entry, 'comment')];
    const text = typeof by === 'string' ? by.trim() : '';
    const squashed = typeof comment === 'string' && /^merge sha256:/.test(comment);
    return {
      text,
      filled: field(entry, 'empty_layer') !== true,
      step: squashed ? { kind: 'unknown', text: 'it was squashed' } : stepOf(text),
    };
  });
}

function stepOf(text: string): Step {
  const nothing = /^\/bin\/sh -c #\(nop\)\s+/.exec(text);
  if (nothing !== null) return instruction(text.slice(nothing[0].length));
  // The classic builder and buildah write what RUN ran, after its build arguments.
  if (/^(?:\/|\|\d)/.test(text)) return { kind: 'run', command: text };
  if (tools.test(text)) return { kind: 'tool', name: text.split(/\s/, 1)[0] ?? '' };
  return instruction(text.endsWith(' # buildkit') ? text.slice(0, -' # buildkit'.length) : text);
}

function instruction(text: string): Step {
  const [word = ''] = text.split(/\s/, 1);
  const keyword = word.toLowerCase();
  const rest = text.slice(word.length).trim();
  if (keyword === 'run') return { kind: 'run', command: rest };
  if (keyword === 'copy' || keyword === 'add') return { kind: 'transfer', keyword, rest };
  if (keyword === 'workdir') return { kind: 'workdir', path: rest };
  return settings.test(keyword) ? { kind: 'setting', keyword, rest } : { kind: 'unknown', text };
}

/** Where COPY or ADD put its files, as it is written. */
export function destinationOf(rest: string): string {
  const words = rest.split(/\s+/);
  return words.at(-1) ?? '';
}

/** The names that ENV or LABEL may have set: values stand there without quotes, so that one of them may look like a name. */
export function namesIn(rest: string): readonly string[] {
  const [first = ''] = rest.split(/\s/, 1);
  if (!first.includes('=')) return [first];
  return [...rest.matchAll(/(?:^|\s)["']?([^\s="']+)["']?=/g)].map(([, name = '']) => name);
}

/** The names that ENV or LABEL surely set: those whose values, as the image has them, make up the text. */
export function namesSurelyIn(rest: string, configured: (name: string) => string | undefined): readonly string[] {
  const found: string[] = [];
  for (let left = rest; left !== ''; ) {
    const [, name = ''] = /^["']?([^\s="']+)["']?=/.exec(left) ?? [];
    const value = configured(name);
    if (name === '' || value === undefined) break;
    const after = [`${name}=${value}`, `${name}="${value}"`, `"${name}"="${value}"`].find(
      (text) => left === text || left.startsWith(`${text} `),
    );
    if (after === undefined) break;
    found.push(name);
    left = left.slice(after.length).trimStart();
  }
  return found;
}
