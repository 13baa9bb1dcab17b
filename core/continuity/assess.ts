import { given } from '../table.ts';
import { assessConfiguration, movedText, movedTexts } from './assess-configuration.ts';
import { assessLayers } from './assess-layers.ts';
import { assessShape } from './assess-shape.ts';
import { assessTexts, type TextContext } from './assess-texts.ts';
import type { AssessedDifference, FormComparison, PlatformBases, TextChange } from './assessed.ts';
import type { PlatformForm, TextMap } from './form.ts';
import { inheritedSettings } from './inherited.ts';
import { ownOf } from './own-of-image.ts';
import { isExplainedBySource } from './source-change.ts';

/** Compares a candidate with the image that it is to replace; every difference is assessed, in the order of the aspects. */
export function assess(comparison: FormComparison): readonly AssessedDifference[] {
  const { published, candidate, accept } = comparison;
  const pairs = candidate.platforms.flatMap((now) => {
    const then = published.platforms.find(({ platform }) => platform === now.platform);
    return then === undefined ? [] : [{ then, now }];
  });
  const all = [
    ...pairs.flatMap(({ then, now }) => labelsOf(comparison, then, now)),
    ...annotationsOf(comparison, pairs),
    ...assessShape(comparison),
    ...pairs.flatMap(({ then, now }) => configurationOf(comparison, then, now)),
    ...pairs.flatMap(({ then, now }) => assessLayers(then, now, basesFor(comparison, now))),
  ];
  return all.map((one) =>
    one.verdict.kind !== 'explained' && accept.includes(one.aspect)
      ? { ...one, verdict: { kind: 'explained', because: 'accepted' } }
      : one,
  );
}

interface Pair {
  readonly then: PlatformForm;
  readonly now: PlatformForm;
}

function basesFor({ bases, hasBase }: FormComparison, { platform }: PlatformForm): PlatformBases | 'nothing' {
  return hasBase ? (bases.get(platform) ?? {}) : 'nothing';
}

function remedyFor({ sources }: FormComparison, isBaseKnown: boolean): string {
  if (!isBaseKnown)
    return 'what the published image was built on is not known: look whether the base changed it, and accept configuration in one run, after which its base is recorded';
  return sources === undefined
    ? 'give the build arguments and options that the release was built with, or accept configuration'
    : 'neither Dockerfile shows why: give the build arguments and options of the release, or accept configuration';
}

function labelsOf(comparison: FormComparison, then: PlatformForm, now: PlatformForm): readonly AssessedDifference[] {
  const bases = basesFor(comparison, now);
  const { before, after } = bases === 'nothing' ? {} : bases;
  const moved = movedTexts({ ...given('before', before?.config), ...given('after', after?.config) });
  const { sources } = comparison;
  const isStated = (key: string, to: string) =>
    sources?.labels?.has(`${key}=${to}`) === true ||
    isExplainedBySource(sources ?? {}, `Labels ${key}`, { to, after: after?.labels[key] });
  const context = {
    ...textContext(comparison, now),
    ...(sources === undefined ? {} : { isStated }),
    ...(before === undefined ? {} : { before: before.labels }),
    ...(after === undefined ? {} : { after: after.labels }),
    moved: (text: string) => movedText(text, moved),
  };
  return textsOf('labels', 'label', now.platform, then.config.labels, now.config.labels, context);
}

function annotationsOf(comparison: FormComparison, pairs: readonly Pair[]): readonly AssessedDifference[] {
  const { published, candidate, accept } = comparison;
  const first = candidate.platforms[0];
  if (first === undefined) return [];
  const keepsForm = accept.includes('form') && published.kind !== candidate.kind;
  const context = textContext(comparison, first);
  const ofIndex =
    published.kind === 'index' && !keepsForm
      ? textsOf('annotations', 'index annotation', undefined, published.annotations, candidate.annotations, context)
      : [];
  return [
    ...ofIndex,
    ...pairs.flatMap(({ then, now }) => {
      const own = textContext(comparison, now);
      const compare = (at: TextChange['at'], from: TextMap, to: TextMap) =>
        textsOf('annotations', at, now.platform, from, to, own);
      return [
        ...compare('manifest annotation', then.annotations, now.annotations),
        ...(published.kind === 'index' && !keepsForm
          ? compare('entry annotation', then.entryAnnotations, now.entryAnnotations)
          : []),
      ];
    }),
  ];
}

function textContext({ sources, revision }: FormComparison, { config }: PlatformForm): TextContext {
  return {
    moved: (text) => text,
    // What builds the image states annotations in so many words.
    ...(sources === undefined ? {} : { isStated: () => true }),
    ...(revision === undefined ? {} : { revision }),
    ...(config.created === undefined ? {} : { created: config.created }),
  };
}

function textsOf(
  aspect: 'labels' | 'annotations',
  at: TextChange['at'],
  platform: string | undefined,
  from: TextMap,
  to: TextMap,
  context: TextContext,
): readonly AssessedDifference[] {
  const where = platform === undefined ? {} : { platform };
  return assessTexts(from, to, context).map(({ key, wanted, because, ...sides }): AssessedDifference => {
    const difference = {
      aspect,
      what: `${at} ${key}`,
      ...where,
      from: sides.from ?? null,
      to: sides.to ?? null,
    };
    if (wanted === sides.to) return { ...difference, verdict: { kind: 'explained', because: because ?? 'build' } };
    const change = { at, ...where, key, ...(wanted === undefined ? {} : { value: wanted }) };
    return { ...difference, verdict: { kind: 'carry', change, remedy: `accept ${aspect}` } };
  });
}

function configurationOf(
  comparison: FormComparison,
  then: PlatformForm,
  now: PlatformForm,
): readonly AssessedDifference[] {
  const bases = basesFor(comparison, now);
  const { before, after } =
    bases === 'nothing' ? { before: {}, after: {} } : { before: bases.before?.config, after: bases.after?.config };
  const own = bases === 'nothing' ? undefined : ownOf(then.config, bases.before);
  const newBase = bases === 'nothing' || bases.before !== undefined ? undefined : bases.after;
  const inheritance = { published: then.config, ...given('stated', comparison.stated) };
  const assessed = assessConfiguration({
    published: then.config.config,
    candidate: now.config.config,
    ...given('sources', comparison.sources),
    ...given('stated', comparison.stated),
    ...given('before', before),
    ...given('after', after),
    ...given('own', own),
    ...given('inherited', newBase && inheritedSettings({ ...inheritance, after: newBase })),
  });
  const remedy = remedyFor(comparison, before !== undefined);
  return assessed.map(({ because, dropped, ...setting }): AssessedDifference => {
    const difference = { aspect: 'configuration', platform: now.platform, ...setting } as const;
    if (because !== undefined) return { ...difference, verdict: { kind: 'explained', because } };
    if (dropped === undefined) return { ...difference, verdict: { kind: 'broken', remedy } };
    const change = { at: 'setting', platform: now.platform, key: dropped.field, value: dropped.value } as const;
    return { ...difference, verdict: { kind: 'carry', change, remedy } };
  });
}
