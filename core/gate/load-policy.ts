import { basename, resolve } from 'node:path';
import { readNamedFile } from '../discover/read-file.ts';
import { attempt, describeFailure, fail } from '../failure.ts';
import type { Reference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { quoted } from '../settings/value.ts';
import { decodeText } from '../text/decode.ts';
import { whyForEverything } from './everything.ts';
import { readGrypeYaml } from './ignore/grype-yaml.ts';
import type { ReadIgnores } from './ignore/ignores.ts';
import { readTrivyignore } from './ignore/trivyignore.ts';
import { readTrivyignoreYaml } from './ignore/trivyignore-yaml.ts';
import { readEpss, readKnownExploited } from './known.ts';
import { type DatedData, knownByAge, knownMaxAge } from './known-age.ts';
import type { GatePolicy } from './policy.ts';
import { readVexDocument, vexFor } from './vex/read.ts';

/** A policy with what its files say, and what of them could not be taken over, in sentences. */
export interface LoadedPolicy {
  readonly policy: GatePolicy;
  readonly notes: readonly string[];
}

/**
 * Adds what a policy's ignore files and VEX documents accept to its own exceptions, and reads what is known of exploitation.
 * A file that is not there is an error: who names one counts on it. A VEX document that cannot be understood accepts nothing
 * and is reported. `image` are the references of the image that documents are held against.
 */
export async function loadPolicy(
  world: World,
  root: string,
  policy: GatePolicy,
  image: readonly Reference[] = [],
): Promise<LoadedPolicy> {
  const { ignoreFiles = [], vexFiles = [] } = policy;
  const [ignores, documents] = await Promise.all([
    Promise.all(
      ignoreFiles.map(async (file) => readIgnores(await textOf(world, root, file, 'gate.ignore-files'), file)),
    ),
    Promise.all(
      vexFiles.map(async (file) => {
        const text = await textOf(world, root, file, 'gate.vex-files');
        return attempt(file, async () => readVexDocument(text, file));
      }),
    ),
  ]);
  const vex = documents.map((read) =>
    read.kind === 'done'
      ? vexFor(read.value, image)
      : { entries: [], notes: [`it accepts nothing: ${describeFailure(read.failure)}`] },
  );
  const found = ignores.flatMap((file) => file.exceptions);
  const refused = found.flatMap((exception) => {
    const why = whyForEverything(exception);
    return why === undefined ? [] : [{ exception, why }];
  });
  const everything = new Set(refused.map(({ exception }) => exception));
  const exceptions = [...policy.exceptions, ...found.filter((exception) => !everything.has(exception))];
  const words = refused.map(
    ({ exception: { source, id }, why }) =>
      `${source ?? quoted(id)}: accepts everything, so it accepts nothing: ${why}`,
  );
  return {
    policy: {
      ...policy,
      exceptions,
      ...(vexFiles.length === 0 ? {} : { vex: vex.flatMap(({ entries }) => entries) }),
      ...(await knownFrom(world, root, policy)),
    },
    notes: [...ignores.flatMap(({ skipped }) => skipped), ...vex.flatMap(({ notes }) => notes), ...words],
  };
}

async function knownFrom(world: World, root: string, policy: GatePolicy): Promise<Pick<GatePolicy, 'known'>> {
  const { knownExploitedFile: exploited, epssFile: epss } = policy;
  if (exploited === undefined && epss === undefined) return {};
  const all: DatedData[] = [];
  if (exploited !== undefined) {
    const text = await textOf(world, root, exploited, 'gate.known-exploited-file');
    const { date, ...data } = readKnownExploited(text, exploited);
    const most = policy.knownExploitedMaxAge ?? knownMaxAge.knownExploited;
    all.push({ file: exploited, date, data, facts: ['kev', 'kevDue'], key: 'known-exploited-max-age', most });
  }
  if (epss !== undefined) {
    const { date, ...data } = readEpss(await textOf(world, root, epss, 'gate.epss-file'), epss);
    const most = policy.epssMaxAge ?? knownMaxAge.epss;
    all.push({ file: epss, date, data, facts: ['epss'], key: 'epss-max-age', most });
  }
  return { known: knownByAge(all, world.now()) };
}

// Scores of every known vulnerability are the largest of them.
const largest = 64 * 1024 * 1024;

async function textOf(world: World, root: string, file: string, key: string): Promise<string> {
  const read = await attempt(file, async () =>
    decodeText(await readNamedFile(world, root, resolve(root, file), largest), file),
  );
  if (read.kind === 'done') return read.value;
  throw fail('config', file, `is named in ${key} but ${read.failure.detail}`, 'correct the path, or take it out');
}

// By name, as the tools themselves tell their files apart.
function readIgnores(text: string, file: string): ReadIgnores {
  if (!/\.ya?ml$/i.test(file)) return readTrivyignore(text, file);
  return basename(file).toLowerCase().includes('grype') ? readGrypeYaml(text, file) : readTrivyignoreYaml(text, file);
}
