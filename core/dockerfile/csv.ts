import { DockerfileRefusal } from './refusal.ts';

/** The fields of one CSV record (RFC 4180); BuildKit reads mounts so. Throws Refusal. */
export function csvFields(text: string): readonly string[] {
  if (text === '') throw new DockerfileRefusal('invalid-mount', null, 'failed to parse csv mounts: EOF');
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    const field = text[at] === '"' ? quotedField(text, at) : bareField(text, at);
    fields.push(field.value);
    at = field.end;
    if (at >= text.length) return fields;
  }
}

function bareField(text: string, start: number) {
  const comma = text.indexOf(',', start);
  const end = comma === -1 ? text.length : comma;
  const value = text.slice(start, end);
  if (value.includes('"')) throw refused('bare " in non-quoted field');
  return { value, end };
}

function quotedField(text: string, start: number) {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') {
      value += '"';
      at += 1;
    } else if (at + 1 === text.length || text[at + 1] === ',') return { value, end: at + 1 };
    else break;
  }
  throw refused('extraneous or missing " in quoted-field');
}

function refused(detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-mount', null, `failed to parse csv mounts: ${detail}`);
}
