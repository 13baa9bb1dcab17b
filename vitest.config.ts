import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const everyFile = { setupFiles: ['test/setup/file-folder.ts'] };

export default defineConfig({
  test: {
    globalSetup: ['test/setup/run-folder.ts'],
    // One more than can compute at once: engines, registries and containers are often waited for.
    maxWorkers: Math.max(2, availableParallelism()) + 1,
    projects: [
      {
        test: {
          ...everyFile,
          name: 'unit',
          // Processes are started and properties are tried: on a busy machine that takes its time.
          testTimeout: 60_000,
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
        },
      },
      {
        test: {
          ...everyFile,
          name: 'e2e',
          // Daemons end with the process that started them, however its file ends.
          isolate: true,
          include: ['test/e2e/**/*.e2e.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
