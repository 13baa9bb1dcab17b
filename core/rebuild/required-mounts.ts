import { csvFields } from '../dockerfile/csv.ts';
import { lex } from '../dockerfile/lex.ts';
import { DockerfileRefusal } from '../dockerfile/refusal.ts';

/** A secret or agent that an instruction cannot do without. */
export interface RequiredMount {
  readonly type: 'secret' | 'ssh';
  readonly id: string;
  readonly line: number;
}

/** The mounts with `required=true` of a Dockerfile; what is no Dockerfile has none. */
export function requiredMounts(dockerfile: string): readonly RequiredMount[] {
  try {
    return lex(dockerfile).instructions.flatMap(({ keyword, flags, line }) =>
      keyword === 'run' ? flags.flatMap((flag) => mountIn(flag, line)) : [],
    );
  } catch (error) {
    if (error instanceof DockerfileRefusal) return [];
    throw error;
  }
}

function mountIn(flag: string, line: number): readonly RequiredMount[] {
  const record = /^--mount=(.+)$/s.exec(flag)?.[1];
  if (record === undefined) return [];
  const fields = new Map(
    csvFields(record).map((field) => {
      const [key = '', ...value] = field.split('=');
      return [key.toLowerCase(), value.join('=')] as const;
    }),
  );
  const type = fields.get('type')?.toLowerCase();
  const required = fields.get('required');
  if ((type !== 'secret' && type !== 'ssh') || required === undefined || !/^(?:|1|t|true)$/i.test(required)) return [];
  if (type === 'ssh') return [{ type, id: fields.get('id') ?? 'default', line }];
  const source = fields.get('id') ?? fields.get('source') ?? fields.get('src');
  const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination') ?? '';
  const id = source ?? target.split('/').at(-1) ?? '';
  return id === '' || id.includes('$') ? [] : [{ type, id, line }];
}
