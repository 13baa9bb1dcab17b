import { createHash } from 'node:crypto';
import { relative } from 'node:path';

/** Whether a change belongs to the sample: decided by the seed and the change alone, so that a seed can be repeated. */
export function isSampled({ fileName, location, mutatorName, replacement }, { seed, share, root }) {
  const change = [seed, relative(root, fileName), location, mutatorName, replacement];
  return createHash('sha256').update(JSON.stringify(change)).digest().readUInt32BE(0) / 2 ** 32 < share;
}

/** A checker of Stryker, which has no sampling of its own: what is not in the sample is left out of the count. */
const createChecker = () => {
  const settings = JSON.parse(process.env.MUTATION_SAMPLE ?? '{}');
  const answer = (mutant) =>
    isSampled(mutant, settings) ? { status: 'passed' } : { status: 'compileError', reason: 'not in the sample' };
  return {
    init: async () => {},
    group: async (mutants) => [mutants.map(({ id }) => id)],
    check: async (mutants) => Object.fromEntries(mutants.map((mutant) => [mutant.id, answer(mutant)])),
  };
};

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', factory: createChecker }];
