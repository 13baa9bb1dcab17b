import { defineConfig } from 'vitest/config';

// MUTATION_TESTS names folders; whole runs and real engines would take days.
const folders = (process.env.MUTATION_TESTS ?? 'test/dockerfile test/oci').split(' ');

export default defineConfig({
  test: { include: folders.map((folder) => `${folder}/**/*.test.ts`), testTimeout: 60_000 },
});
