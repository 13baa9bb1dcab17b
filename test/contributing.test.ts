import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const [, adding = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('## Adding');
const kinds = [...adding.matchAll(/^- \*\*(.+?)\*\*: (.+)$/gm)].map(([, kind = '', text = '']) => {
  return { kind, files: [...text.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.\w+)`/g)].map(([, file = '']) => file) };
});

describe('what CONTRIBUTING.md says of adding', () => {
  test('is of every family', () => {
    const words = ['scanner', 'engine', 'Evidence', 'format', 'command', 'host', 'CI', 'signs', 'doctor', 'input'];
    expect(words.filter((word) => !kinds.some(({ kind }) => kind.includes(word)))).toEqual([]);
  });

  test.each(kinds)('$kind: files that are there, or a new one in a folder that is', ({ files }) => {
    expect(files.length).toBeGreaterThan(1);
    const missing = files.filter((file) => {
      const [stem = ''] = file.split('NAME');
      return !existsSync(join(root, stem === file ? file : dirname(`${stem}x`)));
    });
    expect(missing).toEqual([]);
  });

  test.each(['A scanner that writes SARIF', 'Evidence of a base', 'A report format'])(
    '%s: four files at most',
    (wanted) => {
      const files = kinds.find(({ kind }) => kind === wanted)?.files ?? [];
      expect(files.length).toBeGreaterThan(2);
      expect(files.length).toBeLessThanOrEqual(4);
    },
  );
});
