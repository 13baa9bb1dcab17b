import { defineConfig } from 'vitest/config';

// Tests that run in the process of the runner: what other processes run is not seen there, and is asked afterwards.
const [included, excluded] = JSON.parse(process.env.MUTATION_TESTS ?? '[[], []]') as [string[], string[]];

export default defineConfig({
  test: {
    include: included,
    exclude: excluded,
    isolate: false,
    testTimeout: 60_000,
    setupFiles: ['test/setup/file-folder.ts'],
    globalSetup: ['test/setup/run-folder.ts'],
  },
});
