import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorFinding } from '../../core/doctor/check.ts';
import type { DoctorDocument } from '../../core/doctor/document.ts';
import type { Annotation, Conclusion, Host, World } from '../../core/ports.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

export type Told = DoctorDocument['checks'][number];

export interface Examined {
  readonly conclusion: Conclusion;
  readonly printed: string;
  readonly document: DoctorDocument;
  readonly annotations: readonly Annotation[];
  readonly secrets: readonly string[];
  readonly summaries: readonly string[];
  /** What the repository holds afterwards. */
  readonly root: { readonly path: string; readonly files: readonly string[] };
  /** The findings of one check. */
  of(id: string): readonly Told[];
}

export interface Surroundings {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly kind?: Host['kind'];
  readonly env?: Readonly<Record<string, string>>;
  readonly world?: Partial<World>;
  readonly masked?: (text: string) => string;
}

/** Runs the command on a repository of these files, in an environment that holds nothing else. */
export async function doctor(
  files: Readonly<Record<string, string>>,
  { inputs = {}, kind = 'cli', env = {}, world: overrides = {}, masked = (text) => text }: Surroundings = {},
): Promise<Examined> {
  const root = join(repository({ 'shop/.keep': '', ...below('shop', files) }), 'shop');
  const real = createWorld({ cwd: root });
  const printed: string[] = [];
  const annotations: Annotation[] = [];
  const summaries: string[] = [];
  const recording = recordingHost({ command: 'doctor', format: 'json', ...inputs }, kind);
  const host: Host = {
    ...recording,
    masked,
    annotate: (annotation) => void annotations.push(annotation),
    print: (text) => void printed.push(text),
    summarise: async (markdown) => void summaries.push(markdown),
  };
  // Where PATH leads nowhere, it need not be tried for every program whether one can be started.
  const none = env.PATH === undefined ? { exec: async () => ({ kind: 'not-found' }) as const } : {};
  const surroundings = { HOME: root, PATH: '/nonexistent', ...env };
  const world = { ...real, ...none, env: surroundings, sleep: async () => {}, ...overrides };
  const conclusion = await run(host, world);
  await real.close();
  const text = printed.join('\n');
  const document: DoctorDocument = text.startsWith('{') ? JSON.parse(text) : { checks: [] };
  return {
    conclusion,
    printed: text,
    document,
    annotations,
    summaries,
    root: { path: root, files: readdirSync(root).sort() },
    secrets: recording.secrets,
    of: (id) => document.checks.filter((check) => check.id === id),
  };
}

function below(folder: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
}

/** State, subject and fact of each finding, as they are read. */
export function read(findings: readonly DoctorFinding[]): readonly string[] {
  return findings.map(({ state, subject, detail, remedy }) => {
    return `${state} ${subject}: ${detail}${remedy === undefined ? '' : `; ${remedy}`}`;
  });
}

/** Findings of workflow files that are not in order: check, state and line. */
export const said = (examined: Examined) =>
  examined.document.checks
    .filter(({ group, state }) => group === 'workflows' && state !== 'ok')
    .map(({ id, state, subject }) => `${id} ${state} ${subject.replace('.github/workflows/refresh.yml', 'f')}`);
