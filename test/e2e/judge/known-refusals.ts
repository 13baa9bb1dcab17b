import { applications } from './tables.ts';

/** RUNs that read the base: a build makes the same only where the base happens to have what it had. */
const readsBase = ['run-reads', 'run-copies', 'run-variable'];
/** Files of the base, and of build stages on it, which run again when it moves; what only a build argument names may be it. */
const madeOnBase = ['copy-of-base', 'made-on-base', 'made-on-argument', 'copy-from-base'];

/** A linked copy hides a link of the base, on every base alike: nobody means that, and it is refused. */
const hidesLink = ['copy-linked-through-link'];
/** RUNs that are harmless where neither the shell nor the user of the base changes. */
const runs = [
  'run-folder',
  'run-folder-of-base',
  'run-link',
  'run-touch',
  'run-owner',
  'run-nothing',
  'run-then-copy-over',
];

/** Whether a pair of tables.ts may be refused though a build makes the same, by its move and its application. */
export function isKnownRefusal(move: string, application: string): boolean {
  if ([...readsBase, ...madeOnBase, ...hidesLink].includes(application)) return true;
  return others.has(`${move} × ${application}`);
}

const others: ReadonlySet<string> = new Set([
  // Another release is no rebase, whatever is on it; ONBUILD instructions are never guessed at.
  ...['release', 'triggers'].flatMap((move) => Object.keys(applications).map((name) => `${move} × ${name}`)),
  // RUN changes its own file, which COPY would have put over that of the new base.
  'own-file-new × run-owner',
  // The text of a variable looks like another variable.
  'variable-same × variable-spaced',
  'rebuilt-with-less × variable-spaced',
  // The number belongs to nobody then, or the name to another number: what runs as it meets other files.
  ...['copy-chown-number', 'user-named', 'user-numbered', 'run-owner'].map((name) => `user-number × ${name}`),
  ...['copy-chown-number', 'user-numbered', 'user-then-directory', 'run-owner'].map((name) => `group-number × ${name}`),
  // A build is as broken: what the image names is gone.
  ...['copy-to-runtime', 'link-to-runtime'].map((name) => `folder-gone × ${name}`),
  ...['script-of-runtime', 'link-to-runtime', 'module'].map((name) => `runtime-moved × ${name}`),
  'program-gone × entry-point-by-path',
  // Whatever a RUN does, it does with the shell of its base, and as its user.
  'user × run-nothing',
  ...runs.map((name) => `shell × ${name}`),
  // History has folders that are already put together.
  ...['directory', 'user-then-directory', 'directory-of-variable'].map((name) => `directory × ${name}`),
]);
