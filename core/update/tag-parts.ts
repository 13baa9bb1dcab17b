import { type Codename, codenameOf } from './codenames.ts';

/** A piece of a tag: text that stays as it is, numbers joined by dots, or a release's name. */
export type TagPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'numbers'; readonly texts: readonly string[] }
  | { readonly kind: 'codename'; readonly codename: Codename };

// Digits in these are no versions.
const architecture =
  /^(?:amd64|arm64v8|arm64|aarch64|arm32v[567]|armv[67]|armhf|i386|x86_64|x64|x86|ppc64le|ppc64|s390x|riscv64|mips64le|win64)(?![a-z0-9])/i;
// A commit, and `git describe`'s form of one; only digits would be a number.
const commit = /^g?(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}(?![a-z0-9])/;
// More than this many digits are an identifier, and no number that counts.
const numbers = /^\d{1,15}(?:\.\d{1,15})*(?!\d)/;

/** Cuts a tag, or the rest of one, into its parts; joined again they are the text. */
export function partsOf(text: string): readonly TagPart[] {
  const parts: TagPart[] = [];
  for (let at = 0; at < text.length; ) {
    const part = partAt(text, at);
    const last = parts.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') {
      parts[parts.length - 1] = { kind: 'text', text: last.text + part.text };
    } else parts.push(part);
    at += textOfPart(part).length;
  }
  return parts;
}

function partAt(text: string, at: number): TagPart {
  const rest = text.slice(at);
  if (at === 0 || /[-._]/.test(text[at - 1] ?? '')) {
    const codename = codenameOf(/^[a-z]+\d*(?![a-z0-9])/.exec(rest)?.[0] ?? '');
    if (codename !== undefined) return { kind: 'codename', codename };
    const fixed = architecture.exec(rest) ?? commit.exec(rest);
    if (fixed !== null) return { kind: 'text', text: fixed[0] };
  }
  const digits = numbers.exec(rest)?.[0];
  if (digits !== undefined) return { kind: 'numbers', texts: digits.split('.') };
  return { kind: 'text', text: /^(?:\d+|\D)/.exec(rest)?.[0] ?? rest };
}

/** The text that a part was cut from. */
export function textOfPart(part: TagPart): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'numbers':
      return part.texts.join('.');
    case 'codename':
      return part.codename.name;
  }
}
