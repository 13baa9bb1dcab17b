import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workflows } from '../../scripts/check/workflows.mjs';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bir-workflows-'));
  await mkdir(join(root, 'docs'));
  await writeFile(join(root, 'README.md'), example(''));
});
afterEach(() => rm(root, { recursive: true }));

const example = (needs: string) =>
  `# Title\n\n\`\`\`yaml\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n${needs}    steps:\n      - run: echo\n\`\`\`\n`;

test('a workflow example that GitHub would refuse is named with its line in the document', async () => {
  await writeFile(join(root, 'docs', 'guide.md'), example('    needs: b\n'));
  expect(await workflows(root)).toBe('docs/guide.md:6: job "a" needs job "b" which does not exist in this workflow');
});

test('examples that are fine are', async () => {
  await writeFile(join(root, 'docs', 'guide.md'), example(''));
  expect(await workflows(root)).toBeNull();
});

test('a README without an example is not', async () => {
  await writeFile(join(root, 'README.md'), '# Title\n');
  expect(await workflows(root)).toBe('README.md shows no GitHub workflow');
});
