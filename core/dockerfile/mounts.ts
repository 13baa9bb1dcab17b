import type { Instruction } from './lex.ts';
import { Refusal } from './refusal.ts';
import { flagValues } from './validate.ts';

/** The `from` of every `RUN --mount`, in order; undefined where a mount names none. */
export function mountSources(instruction: Instruction): readonly string[] {
  return flagValues(instruction, 'mount').flatMap((mount) => {
    let source: string | undefined;
    for (const field of csvFields(mount, instruction.line)) {
      const equals = field.indexOf('=');
      if (equals === -1 || field.slice(0, equals).toLowerCase() !== 'from') continue;
      source = field.slice(equals + 1);
      if (/\$./.test(source)) {
        throw new Refusal(
          'invalid-mount',
          instruction.line,
          "'from' doesn't support variable expansion, define alias stage instead",
        );
      }
    }
    return source === undefined || source === '' ? [] : [source];
  });
}

// One record of RFC 4180; BuildKit reads mounts as CSV.
function csvFields(text: string, line: number): readonly string[] {
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const match = /^"((?:[^"]|"")*)"(?=,|$)|^([^",]*)(?=,|$)/.exec(rest);
    if (match === null) throw new Refusal('invalid-mount', line, `the mount "${text}" has a stray quote`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
    if (rest === '') return fields;
    rest = rest.slice(1);
  }
}
