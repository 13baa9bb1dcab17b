import type { CheckedImage } from '../check/checked.ts';
import { engineFor } from '../config/per-image.ts';
import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import { groupedBy } from '../grouped.ts';
import type { PlanStep, RefreshPlan } from '../plan/plan.ts';
import { tryEngines } from '../rebuild/choose.ts';
import { engineDefinitions } from '../rebuild/engines.ts';
import { pushRefusal } from '../registry/push-access.ts';
import { signerDefinitions } from '../sign/signers.ts';
import { verifierOf } from '../sign/verifier.ts';
import { listed } from '../text/words.ts';
import { findTool } from '../tools/find-tool.ts';
import { chooseFor } from './admit-build.ts';
import { orderFor } from './build-order.ts';
import type { Run } from './context.ts';
import { lacksBefore } from './foresee.ts';

type Rebuild = Extract<PlanStep, { readonly kind: 'rebuild' }>;

/** What a run lacks for its work, as far as that is known before anything is built. */
export interface Lacks {
  /** What keeps it from building anything, in one failure. */
  readonly all?: Failure;
  /** What keeps single images from being built, by their names. */
  readonly images: ReadonlyMap<string, Failure>;
}

/**
 * Asks for what a run needs before anything is built: the scanner and its database, the programs that sign and verify,
 * a builder that answers, the right to push, the secrets of the builds. What keeps all images is one message.
 */
export async function preflight(run: Run, { levels }: RefreshPlan): Promise<Lacks> {
  const steps = levels.flat().filter((step): step is Rebuild => step.kind === 'rebuild');
  if (steps.length === 0 || run.config.dryRun) return { images: new Map() };
  const [shared, own] = await Promise.all([
    Promise.all([scannerLack(run), ...signerLacks(run)]).then(present),
    Promise.all(steps.map(async (step) => [step.image.build.name, await imageLacks(run, step)] as const)),
  ]);
  const lacking = own.flatMap(([name, [first]]) => (first === undefined ? [] : [[name, first] as const]));
  if (shared.length === 0 && lacking.length < steps.length) return { images: new Map(lacking) };
  const builds =
    shared.length === 0
      ? []
      : present(await Promise.all(steps.map((step) => lacksBefore(run, { image: step.image, step }))));
  const all = oneOf([...shared, ...own.flatMap(([, lacks]) => lacks), ...builds], steps.length);
  return { all, images: new Map() };
}

const mostSaid = 10;

// What is said of many images is said once.
function oneOf(lacks: readonly Failure[], images: number): Failure {
  const [first] = lacks;
  if (first === undefined) throw new Error('nothing is lacking');
  const sentences = groupedBy(lacks, ({ detail, remedy }) => JSON.stringify([detail, remedy])).map(sentenceOf);
  if (lacks.length === 1) return first;
  const left = sentences.length - mostSaid;
  const said = [...sentences.slice(0, mostSaid), ...(left > 0 ? [`and ${left} more`] : [])].join(' | ');
  const detail = `lacks what ${images === 1 ? 'the image needs' : 'the images need'}, so nothing was built: ${said}`;
  return fail(first.code, 'this machine', detail, undefined, { retryable: first.retryable }).failure;
}

function sentenceOf(group: readonly Failure[]): string {
  const [first] = group;
  const subjects = [...new Set(group.map(({ subject }) => subject))];
  const subject = listed(subjects);
  return first === undefined ? '' : describeFailure({ ...first, subject }).replace(/\.$/, '');
}

function present(lacks: readonly (Failure | undefined)[]): readonly Failure[] {
  return lacks.flatMap((lack) => lack ?? []);
}

// Its database is needed by the first scan anyway; here no build waits for it.
async function scannerLack({ scanner, config }: Run): Promise<Failure | undefined> {
  // Where signed verdicts stand in place of scans, none may be needed.
  if (config.verdictMaxAge !== undefined && (config.trustVerdicts ?? []).length > 0) return undefined;
  const ready = await attempt(scanner.name, async () => scanner.prepare?.());
  return ready.kind === 'failed' ? ready.failure : undefined;
}

function signerLacks({ world, config }: Run): readonly Promise<Failure | undefined>[] {
  const { sign, trust } = config;
  const verifiers = trust.map(({ signer }) => verifierOf(signer).program);
  const signing = sign === undefined ? [] : [{ ...signerDefinitions[sign.tool].program, ...pathOf(sign.path) }];
  const wanted = new Map([...verifiers, ...signing].map((program) => [program.name, program]));
  return [...wanted.values()].map(async (program) => {
    const found = await attempt(program.name, () => findTool(world, program));
    return found.kind === 'failed' ? found.failure : undefined;
  });
}

function pathOf(path: string | undefined): { readonly path?: string } {
  return path === undefined ? {} : { path };
}

async function imageLacks(run: Run, step: Rebuild): Promise<readonly Failure[]> {
  const [builder, pushes] = await Promise.all([builderLack(run, step), pushLacks(run, step.image)]);
  return present([builder, ...pushes]);
}

// Builders first, which answer once for all images: whether layers can be swapped is asked only where there is none.
async function builderLack(run: Run, step: Rebuild): Promise<Failure | undefined> {
  const { name } = step.image.build;
  // Of an image whose base is not published yet it is known once that is built.
  const order = await attempt(name, async () => orderFor(run, { image: step.image, step }, new Map()));
  if (order.kind === 'failed') return undefined;
  const wanted = engineFor(run.config, order.value.build);
  if (wanted !== 'auto' && engineDefinitions[wanted].makes === 'layer-swap') return undefined;
  const { options: _, ...build } = order.value.build;
  const builders = run.engines.filter((engine) => engineDefinitions[engine.name].makes === 'build');
  const built = await attempt(name, () => tryEngines(builders, wanted, { ...order.value, build }));
  if (built.kind === 'done' && built.value.kind === 'chosen') return undefined;
  // As the image itself will be asked.
  const taken = await attempt(name, () => chooseFor(run, step.image, order.value));
  return taken.kind === 'failed' && taken.failure.code === 'missing-tool' && !taken.failure.retryable
    ? taken.failure
    : undefined;
}

async function pushLacks({ registry }: Run, { build }: CheckedImage): Promise<readonly (Failure | undefined)[]> {
  const places = new Map(build.releases.map((release) => [`${release.registry}/${release.repository}`, release]));
  return Promise.all(
    [...places].map(async ([place, release]) => {
      const access = await registry.pushAccess?.(release);
      return access === undefined ? undefined : pushRefusal(place, release.registry, access);
    }),
  );
}
