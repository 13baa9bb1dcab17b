import type { LocatedReference } from '../discover/references/readers.ts';
import type { Writing, WrittenPiece } from '../discover/references/written-reference.ts';
import type { Reference } from '../oci/reference.ts';
import type { Alternative, Edit } from './dockerfile/alternatives.ts';

type Fields = Extract<Writing, { kind: 'fields' }>;

/** Why a reference cannot be given another version where it is written. */
export function refusalOfReference({ keptBy, writing }: LocatedReference, target: Reference): string {
  if (keptBy !== undefined) return keptBy;
  if (writing.kind === 'fixed') return writing.why;
  const lacksDigest = writing.kind === 'fields' && target.digest !== undefined && !takesDigest(writing);
  return lacksDigest ? 'has no field for a digest, and a chart may not read one' : 'is not written there in one piece';
}

function takesDigest({ tag, digest, newDigest }: Fields): boolean {
  return digest !== undefined || newDigest !== undefined || tag?.value.includes('@') === true;
}

/** Ways of making a reference name its target where it is written; `wanted` is the target as the file spells its name. */
export function referenceWays(
  text: string,
  { keptBy, writing }: LocatedReference,
  target: Reference,
  wanted: string,
): readonly Alternative[] {
  if (keptBy !== undefined) return [];
  switch (writing.kind) {
    case 'fixed':
      return [];
    case 'whole':
      return [{ edits: [{ span: writing.piece.span, by: wanted }], args: [] }];
    case 'fields': {
      const edits = fieldEdits(text, writing, target);
      return edits === undefined ? [] : [{ edits, args: [] }];
    }
  }
}

function fieldEdits(text: string, fields: Fields, { tag, digest }: Reference): readonly Edit[] | undefined {
  if (digest === undefined) {
    const hasDigest = (fields.digest?.value ?? '') !== '' || fields.tag?.value.includes('@');
    return hasDigest ? undefined : tagEdits(text, fields.tag, tag);
  }
  const { tag: written, digest: old, newDigest } = fields;
  if (written?.value.includes('@')) return tagEdits(text, written, `${tag ?? ''}@${digest}`);
  const moved = tagEdits(text, written, tag);
  if (moved === undefined) return undefined;
  if (old !== undefined) {
    const by = old.prefix !== '' && digest.startsWith(old.prefix) ? digest.slice(old.prefix.length) : digest;
    return by === old.value ? moved : [...moved, { span: old.span, by }];
  }
  return newDigest === undefined ? undefined : withField(text, moved, newDigest, digest);
}

function tagEdits(
  text: string,
  written: WrittenPiece | undefined,
  tag: string | undefined,
): readonly Edit[] | undefined {
  if (written === undefined) return tag === undefined ? [] : undefined;
  if (tag === undefined || tag === written.value) return [];
  // Escapes would have to be written again.
  if (text.slice(written.span.start, written.span.end) !== written.value) return undefined;
  return [{ span: written.span, by: written.quote === '' && isNoText(tag) ? `"${tag}"` : tag }];
}

// What YAML takes for a number, a date, a truth value or null without quotes.
function isNoText(tag: string): boolean {
  return (
    /^[-+]?[\d_]*\.?[\d_]*(?:e[-+]?\d+)?$/i.test(tag) ||
    /^0[xob]/i.test(tag) ||
    /^\d{4}-\d\d?-\d\d?/.test(tag) ||
    /^(?:true|false|yes|no|on|off|y|n|null|~)$/i.test(tag)
  );
}

// A digest gets a line of its own below the tag, or stands behind it in braces.
function withField(
  text: string,
  moved: readonly Edit[],
  { behind, key, isFlow }: NonNullable<Fields['newDigest']>,
  digest: string,
): readonly Edit[] {
  const behindQuote = behind.span.end + behind.quote.length;
  if (isFlow) return [...moved, { span: { start: behindQuote, end: behindQuote }, by: `, ${key}: ${digest}` }];
  const begin = text.lastIndexOf('\n', behind.span.start - 1) + 1;
  const indent = (/^[ -]*/.exec(text.slice(begin, behind.span.start))?.[0] ?? '').replaceAll('-', ' ');
  const next = text.indexOf('\n', behindQuote);
  const end = next === -1 ? text.length : text[next - 1] === '\r' ? next - 1 : next;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return [...moved, { span: { start: end, end }, by: `${eol}${indent}${key}: ${digest}` }];
}
