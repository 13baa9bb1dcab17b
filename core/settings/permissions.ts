import { fail } from '../failure.ts';
import { type HostKind, inputLabel } from './input.ts';
import { invalid, nearest, type Text } from './value.ts';

/** What the run lets files of the repository name: every value of a kind, or one of them. */
export interface Permission {
  readonly name: string;
  readonly value?: string;
}

// Without a value it would hand out every variable of the job.
const onlyByValue = ['build-secret'];

/** The items of `allow`; throws `usage` for one of no kind that can be allowed. */
export function readPermissions(items: readonly Text[], known: readonly string[]): readonly Permission[] {
  return items.map((item) => {
    const at = item.text.indexOf('=');
    const name = at === -1 ? item.text : item.text.slice(0, at);
    if (!known.includes(name)) {
      const near = nearest(name, known);
      throw invalid(item, near === undefined ? 'remove it' : `the nearest item is ${near}`);
    }
    if (at !== -1) return { name, value: item.text.slice(at + 1) };
    if (onlyByValue.includes(name)) throw invalid(item, `say which: ${name}=NAME`);
    return { name };
  });
}

/** Whether the run lets files of the repository name something of a kind. */
export function permits(permissions: readonly Permission[], name: string, what?: string): boolean {
  return permissions.some((one) => one.name === name && (one.value === undefined || one.value === what));
}

/** What a file of the repository names that is the run's to name, and where it does. */
export interface Unpermitted {
  /** `.base-image-refresh.yml:7`. */
  readonly where: string;
  /** What names it there: `build.secrets`. */
  readonly key: string;
  readonly name: string;
  readonly what?: string;
  /** The input that says the same, where there is one. */
  readonly input?: string;
  /** Why it is not for the repository to say. */
  readonly fact: string;
}

/** The failure of what only the run may name; it says what to allow, as this host's users write it. */
export function unpermitted(host: HostKind, { where, key, name, what, input, fact }: Unpermitted) {
  const instead = input === undefined ? '' : `, or give it with ${inputLabel(host, input)}`;
  return fail('config', where, `${key} ${fact}`, `${howToAllow(host, name, what)}${instead}`);
}

// What is copied from a message into a shell or a workflow means nothing else there.
const plain = /^[\w./:@=+{}-]+$/;

function howToAllow(host: HostKind, name: string, what: string | undefined): string {
  if (what !== undefined && !plain.test(what)) return `allow ${name} for this value`;
  const item = what === undefined ? name : `${name}=${what}`;
  if (host === 'cli') return `allow it with ${inputLabel(host, 'allow')} ${item}`;
  const place = host === 'github' ? 'with: of the step' : 'inputs: of the task';
  return `allow it with "${inputLabel(host, 'allow')}: ${item}" in ${place}`;
}
