import { csvFields } from '../dockerfile/csv.ts';
import { findSyntax } from '../dockerfile/directives.ts';
import { type Instruction, lex } from '../dockerfile/lex.ts';
import { DockerfileRefusal } from '../dockerfile/refusal.ts';

/** A secret or an agent that an instruction mounts. */
export interface SecretMount {
  readonly type: 'secret' | 'ssh';
  /** Absent where only the build knows it. */
  readonly id?: string;
  /** Whether the instruction cannot do without it. */
  readonly isRequired: boolean;
  readonly line: number;
}

/** What a Dockerfile takes beside its context. */
export interface TakenSecrets {
  readonly mounts: readonly SecretMount[];
  /** Whether ADD may fetch something, for which BuildKit takes agents and secrets without a mount. */
  readonly fetches: boolean;
}

/** Reads which secrets and agents a Dockerfile takes; undefined where it cannot be read, or another frontend reads it. */
export function takenSecrets(dockerfile: string): TakenSecrets | undefined {
  const syntax = findSyntax(dockerfile)?.value ?? 'dockerfile';
  if (!/(?:^|\/)dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax)) return undefined;
  try {
    const instructions = lex(dockerfile).instructions.map((one) => one.trigger ?? one);
    return {
      mounts: instructions.flatMap(mountsIn),
      fetches: instructions.some(({ keyword, words }) => keyword === 'add' && words.some((word) => /[:$]/.test(word))),
    };
  } catch (error) {
    if (error instanceof DockerfileRefusal) return undefined;
    throw error;
  }
}

const forFetching = /^(?:GIT|HTTP)_AUTH_/;

/** Whether a build may take a secret or an agent; what is not known may. */
export function mayTake(taken: TakenSecrets | undefined, type: SecretMount['type'], id: string): boolean {
  if (taken === undefined) return true;
  if (taken.fetches && (type === 'ssh' || forFetching.test(id))) return true;
  return taken.mounts.some((mount) => mount.type === type && (mount.id === undefined || mount.id === id));
}

function mountsIn({ keyword, flags, line }: Instruction): readonly SecretMount[] {
  return keyword === 'run' ? flags.flatMap((flag) => mountIn(flag, line)) : [];
}

function mountIn(flag: string, line: number): readonly SecretMount[] {
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
  if (type !== 'secret' && type !== 'ssh') return [];
  const isRequired = required !== undefined && /^(?:|1|t|true)$/i.test(required);
  const source = fields.get('id') ?? fields.get('source') ?? fields.get('src');
  const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination') ?? '';
  const id = type === 'ssh' ? (fields.get('id') ?? 'default') : (source ?? target.split('/').at(-1) ?? '');
  return [{ type, isRequired, line, ...(id === '' || id.includes('$') ? {} : { id }) }];
}
