import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
const documents = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

// Tags of an action can be moved by whoever takes its repository over; a commit cannot.
test('workflows and examples use every action of others at a commit, and name its version', () => {
  const uses = [...workflows, 'README.md', ...documents].flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        /^\s*-?\s*uses:\s/.test(line) ? [{ where: `${path}:${index + 1}`, line: line.trim() }] : [],
      ),
  );
  const ofOthers = uses.filter(({ line }) => !/uses:\s+(?:\.\/|base-image-refresh\/)/.test(line));
  expect(ofOthers.length).toBeGreaterThan(10);
  const moving = ofOthers.filter(({ line }) => !/uses:\s+[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
  expect(moving).toEqual([]);
});
