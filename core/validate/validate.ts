import { type PublishedImage, platformManifests } from '../baseline/published.ts';
import { attempt, describeFailure, type Failure } from '../failure.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import { runCommand } from './command/run-command.ts';
import { type ComparedImages, compareImages, compatibilityCheck } from './compare-images.ts';
import { checkPlatform, looksAtFiles, wantedTexts } from './file-checks.ts';
import { readPlatform, type TestedPlatform } from './platform.ts';
import { containerSettings } from './run-configuration.ts';
import type { Tests, ValidationContext } from './settings.ts';
import type { Check, Validation } from './validation.ts';

/** Tries what the configuration asks of a candidate, and compares it with what is published. */
export async function validate(
  run: ValidationContext,
  built: BuiltImage,
  tests: Tests,
  published: PublishedImage | undefined,
): Promise<Validation> {
  const { digest } = built.reference;
  const tried = await attempt(built.reference.repository, () => tryImage(run, built, tests, published));
  if (tried.kind === 'failed' && asksNothing(tests)) {
    run.host.log('warning', `not compared with what is published: ${describeFailure(tried.failure)}`);
    return { kind: 'pass', digest, checks: [], changes: [] };
  }
  if (tried.kind === 'failed') {
    return { kind: 'inconclusive', digest, checks: [], changes: [], failure: tried.failure };
  }
  const { checks, changes } = tried.value;
  const failure = checks.find((check) => check.verdict === 'inconclusive')?.failure;
  if (failure !== undefined) return { kind: 'inconclusive', digest, checks, changes, failure };
  return { kind: checks.some(({ verdict }) => verdict === 'fail') ? 'fail' : 'pass', digest, checks, changes };
}

// What is only reported of a candidate holds nothing back.
function asksNothing({ settings, structure }: Tests): boolean {
  const { command, absent, compatibility } = settings;
  return command === undefined && compatibility === undefined && structure.length + absent.length === 0;
}

interface Tried {
  readonly checks: readonly Check[];
  readonly changes: ComparedImages['changes'];
}

async function tryImage(
  run: ValidationContext,
  built: BuiltImage,
  tests: Tests,
  published: PublishedImage | undefined,
): Promise<Tried> {
  const { settings } = tests;
  if (asksNothing(tests) && published === undefined) return { checks: [], changes: [] };
  const { reference } = built;
  const manifests = await platformManifests(run.registry, {
    reference,
    manifest: await run.registry.manifest(reference),
  });
  const platforms = await Promise.all(
    manifests.map(async (entry) => {
      const { config } = await readPlatform(run.registry, reference, entry, undefined);
      const reads = looksAtFiles(tests) || (settings.compatibility !== undefined && published !== undefined);
      return readPlatform(
        run.registry,
        reference,
        entry,
        reads ? wantedTexts(tests, containerSettings(config)) : undefined,
      );
    }),
  );
  const { command } = settings;
  const ran = command === undefined ? [] : [await runCommand(run, reference, manifests, { ...settings, command })];
  const compared = published === undefined ? undefined : await compareWith(run, published, platforms, tests);
  return {
    checks: [
      ...ran,
      ...platforms.flatMap((platform) => checkPlatform(tests, platform)),
      ...compatibilityCheck(settings.compatibility, compared),
    ],
    changes: compared?.kind === 'compared' ? compared.changes : [],
  };
}

type Comparison =
  | (ComparedImages & { readonly kind: 'compared' })
  | { readonly kind: 'failed'; readonly failure: Failure };

// Where nothing was asked to be compared, that it could not be is only reported.
async function compareWith(
  run: ValidationContext,
  published: PublishedImage,
  platforms: readonly TestedPlatform[],
  { settings }: Tests,
): Promise<Comparison> {
  const compared = await attempt(published.reference.repository, () =>
    compareImages(run.registry, published, platforms, settings.compatibility !== undefined),
  );
  if (compared.kind === 'done') return { kind: 'compared', ...compared.value };
  run.host.log('warning', `not compared with what is published: ${describeFailure(compared.failure)}`);
  return compared;
}
