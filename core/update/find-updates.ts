import { join } from 'node:path';
import pLimit from 'p-limit';
import type { RunSubject } from '../discover/subject.ts';
import type { Reference } from '../oci/reference.ts';
import type { Host } from '../ports.ts';
import { decideUpdate } from './decide.ts';
import { ifPromoted, type WhyUnproven } from './if-promoted.ts';
import { loadRepository } from './load-repository.ts';
import { type Decided, planUpdates } from './plan-updates.ts';
import { readPublishedPlatforms, withPublishedPlatforms } from './published-platforms.ts';
import type { Market } from './question.ts';
import { setArgumentIn } from './set-argument.ts';
import type { UpdateSettings } from './settings.ts';
import { type UsedReference, usedReferences } from './subjects.ts';
import { noHistory, readTagHistory, withSeenTags, writeTagHistory } from './tag-history.ts';
import type { UpdatePlan } from './update.ts';
import { compareScans, type UrgencyContext } from './urgency.ts';

// A registry bounds its own requests; this bounds how many tag lists are held at once.
const referencesAtOnce = 8;

/** What finding updates takes of a run. */
export interface UpdateContext extends UrgencyContext {
  readonly config: UrgencyContext['config'] &
    RunSubject & { readonly update: UpdateSettings; readonly outputDirectory: string };
  readonly host: Pick<Host, 'log'>;
  /** Why the registry does not bear out that an image was promoted; undefined where it does. */
  readonly whyUnproven?: WhyUnproven;
  /** Which references it is about; all when absent. Nothing is asked of the others. */
  readonly isMeant?: (reference: Reference) => boolean;
}

/** Finds out what every reference of the repository may move to; nothing is written but when tags were first seen. */
export async function findUpdates(run: UpdateContext): Promise<UpdatePlan> {
  const { config, registry, world } = run;
  const loaded = await loadRepository(world, config);
  const { releases, failures } = loaded;
  const published = await readPublishedPlatforms(registry, loaded.repository);
  const repository = withPublishedPlatforms(loaded.repository, published);
  // What the repository publishes itself is what its promotions are about.
  const own = config.update.promoted ? [] : releases;
  const all = usedReferences(repository, own, config.update);
  const used = all.filter(({ subject }) => run.isMeant?.(subject.reference) ?? true);
  const path = config.update.firstSeen ?? join(config.outputDirectory, 'first-seen.json');
  const waits = used.some(({ subject }) => subject.choice.minimumAge > 0);
  const market: Market = {
    registry,
    history: waits ? await readTagHistory(world, path) : noHistory,
    now: world.now(),
    repairPins: config.update.repairPins,
    ...(config.update.scanHeld
      ? { urgency: (used, candidate, platforms) => compareScans(run, used, candidate, platforms) }
      : {}),
  };
  registry.expect(used.map(({ subject }) => subject.reference));
  const limit = pLimit(referencesAtOnce);
  const decided = await Promise.all(
    used.map((one) => limit(() => decidedOf(market, one, config.update.promoted ? run.whyUnproven : undefined))),
  );
  if (waits) {
    const sightings = decided.flatMap(({ decision }) => decision.sightings);
    await writeTagHistory(world, path, withSeenTags(market.history, sightings, market.now));
  }
  return planUpdates(repository, decided, failures, setArgumentIn(world, config, published));
}

async function decidedOf(market: Market, used: UsedReference, whyUnproven?: WhyUnproven): Promise<Decided> {
  const decision = await decideUpdate(market, used.subject);
  return { ...used, decision: whyUnproven === undefined ? decision : await ifPromoted(decision, whyUnproven) };
}
