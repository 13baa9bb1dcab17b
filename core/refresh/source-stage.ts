import { isAbsolute, relative, sep } from 'node:path';
import type { CheckedImage } from '../check/checked.ts';
import { configStatementsFor, sourceFor } from '../config/per-image.ts';
import type { Build, DiscoveredBuild } from '../discover/build.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import { FailureError } from '../failure.ts';
import { samePlatform } from '../oci/platform.ts';
import { familiar, formatReference } from '../oci/reference.ts';
import { candidateAnnotations } from '../rebuild/candidate.ts';
import { folderContexts } from '../rebuild/contexts.ts';
import { dockerfileOf } from '../rebuild/dockerfile-text.ts';
import type { BuildOrder, Pin } from '../rebuild/engine.ts';
import { isOfAnotherUser } from '../source/checkout.ts';
import { decideSource, type SourceDecision, type SourceQuestion } from '../source/decide.ts';
import type { BuiltSource } from '../source/record.ts';
import { given } from '../table.ts';
import { gitIn } from '../tools/git.ts';
import { buildAt, isStatedAlike, mayNameOthers, unlike } from './build-at.ts';
import type { Run } from './context.ts';
import { unsettledIn } from './settled-build.ts';

/** The order of a full build on the source that it has to have; throws `source-unknown` where the image is held for that. */
export async function withSource(run: Run, image: CheckedImage, order: BuildOrder): Promise<BuildOrder> {
  const decision = await decided(run, image, order);
  const { name } = order.build;
  switch (decision.kind) {
    case 'held':
      throw new FailureError(decision.failure);
    case 'checkout':
      if (decision.why === 'as-asked') run.host.log('info', `${name}: ${describeCheckout(decision.built)}`);
      return on(order, decision.built, order.pins);
    case 'commit':
      run.host.log('info', `${name}: built from ${decision.revision}, as the published image was`);
      return atCommit(run, order, decision.revision);
  }
}

/**
 * The order as the commit of the release describes its build, where that is another than the checkout does: what arguments
 * and target make its base decides whose layers may be swapped. Throws `source-unknown` where that base was not checked.
 */
export async function describedThen(
  run: Run,
  { source, releasedDockerfile: text }: CheckedImage,
  order: BuildOrder,
): Promise<BuildOrder> {
  const { build } = order;
  if (source?.kind !== 'recorded' || source.dirty || build.dockerfile === undefined) return order;
  if (sourceFor(run.config, build) === 'checkout') return order;
  const { revision } = source;
  if ((await (await run.trees.checkout())?.membershipOf(revision)) !== 'contained') return order;
  // Where nothing is stated of it here, no more is asked than whether another base was.
  const { image: _, ...stated } = build.provenance;
  const isBare = Object.keys(stated).length === 0;
  if (isBare && text !== undefined && !(await mayNameOthers(run, build, { revision, text }))) return order;
  if (await isStatedAlike(run, build, revision)) return order;
  const found = await buildAt(run, build, { root: await run.trees.at(revision), revision });
  const pins = pinsFor(found, order.pins, revision);
  return { ...order, build: { ...found.build, releases: build.releases }, pins };
}

/** Decides from which source a full build of an image is made, by what the repository holds. */
export async function decideFor(
  { trees, host, config, world }: Pick<Run, 'trees' | 'host' | 'config' | 'world'>,
  build: Build,
  more: Pick<SourceQuestion, 'record' | 'isStatedAlike'>,
): Promise<SourceDecision> {
  const checkout = await trees.checkout();
  const isForeign = checkout === undefined && (await isOfAnotherUser(world, config.root));
  return decideSource({
    name: build.name,
    host: host.kind,
    rule: sourceFor(config, build),
    paths: pathsOf(build),
    optional: build.inline === undefined ? [`${build.dockerfile}.dockerignore`] : [],
    ...outputInside(config),
    ...more,
    ...(checkout === undefined ? {} : { checkout }),
    ...(isForeign ? { ofAnotherUser: config.root } : {}),
  });
}

async function decided(run: Run, image: CheckedImage, { build }: BuildOrder): Promise<SourceDecision> {
  const { trees, host } = run;
  const isAlike = (revision: string) => isStatedAlike(run, build, revision);
  const ask = () => decideFor(run, build, { isStatedAlike: isAlike, ...given('record', image.source) });
  const first = await ask();
  if (first.kind !== 'held' || !first.wantsHistory) return first;
  host.log('info', `${build.name}: the history of the shallow clone is fetched`);
  return (await trees.fetchHistory()) ? ask() : first;
}

// Everything of the repository that a build reads.
function pathsOf(build: Build): readonly string[] {
  const dockerfile = build.inline !== undefined || build.dockerfile === undefined ? [] : [build.dockerfile];
  return [build.context, ...dockerfile, ...Object.values(folderContexts(build.contexts))];
}

// What runs leave there is no change of the source.
function outputInside(config: Run['config']): { readonly left?: string } {
  const left = relative(config.root, config.outputDirectory).split(sep).join('/');
  return left === '' || left.startsWith('../') || isAbsolute(left) ? {} : { left };
}

function describeCheckout({ revision, dirty }: BuiltSource): string {
  if (revision === undefined) return 'built from what is checked out, which is in no git repository';
  return `built from what is checked out, ${revision}${dirty ? ' with changes that are in no commit' : ''}`;
}

function on(order: BuildOrder, source: BuiltSource, pins: readonly Pin[]): BuildOrder {
  return { ...order, pins, source, annotations: candidateAnnotations(pins, source) };
}

// What builds the image is read there too: its Dockerfile, its arguments, its context.
async function atCommit(run: Run, order: BuildOrder, revision: string): Promise<BuildOrder> {
  const { releases } = order.build;
  const root = await run.trees.at(revision);
  const found = await buildAt(run, order.build, { root, revision });
  const text = await dockerfileOf(run.world, { ...order, root, build: found.build });
  const open = unsettledIn(run, order.build, found.build, text);
  if (open !== undefined) throw unlike(order.build.name, revision, open.detail, open.remedy);
  await demandVariables(run, order.build, found.build, revision);
  const pins = pinsFor(found, order.pins, revision);
  return on({ ...order, root, build: { ...found.build, releases } }, { revision, dirty: false }, pins);
}

// A file of variables that git ignores is in no commit: what it says here is nothing there, and a build would not know.
async function demandVariables(run: Run, here: Build, there: Build, revision: string): Promise<void> {
  const { args: ofConfig } = configStatementsFor(run.config, here);
  const lost = Object.entries(here.args).find(
    ([name, value]) => value !== '' && ofConfig[name] === undefined && (there.args[name] ?? '') === '',
  );
  if (lost === undefined) return;
  const ignored = ['ls-files', '--others', '--ignored', '--exclude-standard', '--', '*.env', '.env*', '**/.env*'];
  const files = await gitIn(run.world, run.config.root).answer(ignored);
  if (files === undefined) return;
  const [file] = files.split('\n');
  throw unlike(here.name, revision, `the build argument ${lost[0]} is empty there, and ${file} is in no commit`);
}

function pinsFor({ build, dockerfile }: DiscoveredBuild, pins: readonly Pin[], revision: string): readonly Pin[] {
  if (dockerfile.kind === 'refused') throw unlike(build.name, revision, dockerfile.failure.detail);
  return dockerfile.bases
    .filter((base) => base.reachable)
    .map((base) => {
      const pin = pins.find((one) => isSameUse(one.base, base));
      if (pin !== undefined) return { ...pin, base };
      throw unlike(build.name, revision, `it is built on ${familiar(base.reference)} there, which was not checked`);
    });
}

function isSameUse(one: BaseImage, other: BaseImage): boolean {
  if (formatReference(one.reference) !== formatReference(other.reference)) return false;
  if (one.platform === null || other.platform === null) return one.platform === other.platform;
  return samePlatform(one.platform, other.platform);
}
