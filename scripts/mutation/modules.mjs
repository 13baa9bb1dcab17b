/** Folders of core that decide what is done to an image must notice more changes than the others. */
const strict = 90;
const usual = 85;

/** Tests that run the product as a process, which are asked about a change that no other test noticed. */
const wholeRuns = ['test/net', 'test/chaos'];

const commands = ['test/commands/**/*.test.ts', 'test/baseline/**/*.test.ts'];
const refreshes = ['test/refresh.test.ts', 'test/refresh/**/*.test.ts', 'test/promote.test.ts'];

/**
 * Each module is a folder of core with the file of its name; its tests are its own and those that are named. Two folders
 * that read what others wrote are held by themselves too.
 */
export const modules = {
  refresh: { bar: strict, tests: [...refreshes, 'test/commands/rebase.test.ts'], wholeRuns },
  sign: { bar: strict, tests: refreshes, wholeRuns },
  check: {
    bar: strict,
    tests: [
      'test/compare.test.ts',
      'test/commands/{check,prune}*.test.ts',
      'test/refresh/source*.test.ts',
      'test/report/objectives.test.ts',
    ],
    wholeRuns,
  },
  promote: { bar: strict, tests: [...refreshes, 'test/validate/config.test.ts'], wholeRuns },
  continuity: { bar: usual, tests: refreshes, wholeRuns },
  gate: {
    bar: strict,
    tests: ['test/refresh/clear.test.ts', 'test/config/**/*.test.ts', 'test/commands/{vex,policy}*.test.ts'],
    wholeRuns,
  },
  'gate/vex': { bar: usual, tests: ['test/commands/vex-referrers.test.ts'] },
  baseline: { bar: usual, tests: commands },
  deploy: { bar: usual, tests: [] },
  discover: { bar: usual, tests: [] },
  dockerfile: { bar: usual, tests: [] },
  hardening: { bar: usual, tests: commands },
  layers: { bar: usual, tests: [] },
  oci: { bar: usual, tests: [] },
  packages: { bar: usual, tests: commands },
  plan: { bar: usual, tests: commands },
  rebuild: { bar: usual, tests: ['test/refresh.test.ts'] },
  registry: { bar: usual, tests: [] },
  scan: { bar: usual, tests: ['test/commands/*scan*.test.ts', 'test/hardening/**/*.test.ts'] },
  'scan/formats': {
    bar: usual,
    tests: ['test/scan/{broken-formats,corpus}.test.ts'],
  },
  update: { bar: usual, tests: ['test/commands/update*.test.ts'] },
  validate: { bar: usual, tests: ['test/refresh.test.ts'] },
};

/** Not asked while thousands of changes are tried: each takes long, or runs the product as a process. */
export const excludedTests = [
  'test/demo.test.ts',
  'test/layers.test.ts',
  'test/gate/coverage.test.ts',
  'test/deploy/hosts.test.ts',
  'test/registry/fuzz*.test.ts',
];
