import type { Failure } from '../failure.ts';
import type { Host } from '../ports.ts';
import { type HostKind, inputLabel } from './input.ts';

/**
 * Spells options in a message as users of a host write them: `--scanner-path` is `scannerPath` on Azure. Programs that
 * are run have options too, so a name of one word counts only in the remedy, after the last semicolon.
 */
export function spelling(host: HostKind, names: ReadonlySet<string>): (text: string) => string {
  if (host === 'cli') return (text) => text;
  const spell = (text: string, isOurs: (name: string) => boolean) =>
    text.replace(/(?<![\w-])--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)/g, (whole, name: string) =>
      names.has(name) && isOurs(name) ? inputLabel(host, name) : whole,
    );
  return (text) => {
    const end = text.lastIndexOf('; ') + 1;
    return spell(text.slice(0, end), (name) => name.includes('-')) + spell(text.slice(end), () => true);
  };
}

/** The host, with every option in what it logs spelled as its users write it. */
export function spellingOptions(host: Host, names: ReadonlySet<string>): Host {
  const spelled = spelling(host.kind, names);
  return {
    ...host,
    log: (level, message) => host.log(level, level === 'debug' ? message : spelled(message)),
    annotate: (annotation) => host.annotate({ ...annotation, message: spelled(annotation.message) }),
    conclude: (conclusion, message) => host.conclude(conclusion, spelled(message)),
  };
}

/** A failure with the options in its remedy spelled as users of a host write them. */
export function spellRemedy<F extends Pick<Failure, 'remedy'>>(
  failure: F,
  host: HostKind,
  names: ReadonlySet<string>,
): F {
  const { remedy } = failure;
  return remedy === undefined ? failure : { ...failure, remedy: spelling(host, names)(`; ${remedy}`).slice(2) };
}
