import { append } from '../append.ts';
import { FailureError, fail } from '../failure.ts';
import type { BuildOrder, Engine, Suitability } from './engine.ts';
import { engineDefinitions } from './engines.ts';
import type { EngineName } from './settings.ts';

type Unsuitable = Extract<Suitability, { readonly kind: 'unsuitable' }>;

/** An engine that was asked, and why it cannot build. */
export interface EngineRefusal {
  readonly engine: Engine;
  readonly refusal: Unsuitable;
}

/** The engine that is taken, or those that were asked in vain and the failure that this comes to. */
export type Choice =
  | { readonly kind: 'chosen'; readonly engine: Engine; readonly why: string }
  | { readonly kind: 'none'; readonly refusals: readonly EngineRefusal[]; readonly error: FailureError };

/** The engine for an order and why it was taken; throws where none suits. */
export async function chooseEngine(
  engines: readonly Engine[],
  wanted: EngineName | 'auto',
  order: BuildOrder,
): Promise<{ readonly engine: Engine; readonly why: string }> {
  const choice = await tryEngines(engines, wanted, order);
  if (choice.kind === 'none') throw choice.error;
  return { engine: choice.engine, why: choice.why };
}

/** Asks the wanted engine or, for `auto`, one after the other until one suits. */
export async function tryEngines(
  engines: readonly Engine[],
  wanted: EngineName | 'auto',
  order: BuildOrder,
): Promise<Choice> {
  const offered = engines.filter(({ name, onlyOnRequest }) => (wanted === 'auto' ? !onlyOnRequest : name === wanted));
  const refusals: EngineRefusal[] = [];
  for (const engine of offered) {
    const suits = wanted === 'auto' ? await suitability(engine, order) : await engine.suits(order);
    if (suits.kind === 'suitable') return { kind: 'chosen', engine, why: whyTaken(wanted, suits.why, refusals) };
    refusals.push({ engine, refusal: suits });
  }
  return { kind: 'none', refusals, error: noEngine(order, wanted, refusals) };
}

// What keeps one engine from answering, an unreadable registry say, need not keep the next one from building.
async function suitability(engine: Engine, order: BuildOrder): Promise<Suitability> {
  try {
    return await engine.suits(order);
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    const { subject, detail, remedy } = thrown.failure;
    return { kind: 'unsuitable', why: `${subject}: ${detail}`, ...(remedy === undefined ? {} : { remedy }) };
  }
}

type Refusals = readonly EngineRefusal[];

function whyTaken(wanted: EngineName | 'auto', why: string | undefined, refusals: Refusals): string {
  if (wanted !== 'auto') return 'asked for';
  return why ?? (refusals.length === 0 ? 'it is available' : reasons(refusals));
}

function noEngine(order: BuildOrder, wanted: EngineName | 'auto', refusals: Refusals): FailureError {
  const subject = order.build.name;
  const remedies = refusals.flatMap(({ refusal }) => (refusal.remedy === undefined ? [] : [refusal.remedy]));
  const remedy = [...new Set(remedies)].join(', or ');
  const advice = remedy === '' ? undefined : remedy;
  const [only] = refusals;
  if (only === undefined) return fail('missing-tool', subject, `there is no engine "${wanted}" here`);
  const builders = refusals.filter(({ engine }) => engineDefinitions[engine.name].makes === 'build');
  const isOfImage = builders.length > 0 && builders.every(({ refusal }) => refusal.ofTheImage === true);
  if (wanted === 'auto') {
    const code = isOfImage ? 'build-unknown' : 'missing-tool';
    return fail(code, subject, `no engine can rebuild it: ${reasons(refusals)}`, advice);
  }
  const lacking = isOfImage ? 'build-unknown' : 'missing-tool';
  const code = engineDefinitions[wanted].makes === 'layer-swap' ? 'unsafe-rebase' : lacking;
  return fail(code, subject, `${wanted} cannot rebuild it: ${only.refusal.why}`, advice);
}

function reasons(refusals: Refusals): string {
  const byWhy = new Map<string, string[]>();
  for (const { engine, refusal } of refusals) append(byWhy, refusal.why, engine.name);
  return [...byWhy].map(([why, names]) => `${names.join(', ')}: ${why}`).join('; ');
}
