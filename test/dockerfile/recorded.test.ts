import { describe, expect, it } from 'vitest';
import { canonical, known, neededImages, type Recorded, readRecorded, recorded } from './recorded.ts';

const files = ['buildkit', 'hostile', 'generated'].flatMap(recorded);
const corpus = files.filter(({ name }) => known[name] === undefined);

describe('we say what BuildKit says', () => {
  it.each(corpus.filter(({ refused }) => refused === undefined))('$name', (file: Recorded) => {
    const reading = readRecorded(file);
    expect(reading).toMatchObject({ kind: 'read' });
    if (file.images !== undefined) expect(neededImages(reading)).toEqual(canonical(file.images));
  });

  it.each(corpus.filter(({ refused }) => refused !== undefined))('$name is refused: $refused', (file: Recorded) => {
    const reading = readRecorded(file);
    expect(reading).toMatchObject({ kind: 'refused', ...(file.line === undefined ? {} : { line: file.line }) });
  });
});

describe('what violates the rules of the linter', () => {
  // Only the registry knows of which platform an image is.
  const files = recorded('lint').filter(({ refused }) => refused?.includes('InvalidBaseImagePlatform') !== true);

  it.each(files)('$name', (file: Recorded) => {
    const reading = readRecorded(file);
    const found = reading.kind === 'refused' ? { code: reading.code, rules: rulesIn(reading.detail) } : reading.kind;
    const rules = rulesIn(file.refused ?? '');
    if (file.refused === undefined) expect(found).toBe('read');
    else if (rules.length > 0) expect(found).toEqual({ code: 'lint', rules });
    else expect(found).not.toMatchObject({ code: 'lint' });
  });

  it.each([
    ['FROM a\nENV A b\nCMD x\n', 3],
    ['FROM a\nCMD ["x"]\nRUN y\nCMD ["z"]\n', 3],
    ['FROM a\n\nRUN x \\\n\n y\n', 4],
  ])('%j at its first line', (text, line) => {
    const reading = readRecorded({ name: 'line', text: `# check=error=true\n${text}` });
    expect(reading).toMatchObject({ kind: 'refused', code: 'lint', line });
  });
});

function rulesIn(words: string): readonly string[] {
  const [, rules = ''] = /^lint violation found for rules: (.+)$/.exec(words) ?? [];
  return rules
    .split(', ')
    .filter((rule) => rule !== '')
    .sort();
}

describe('references', () => {
  it.each(recorded('references'))('$name', (file: Recorded) => {
    const reading = readRecorded(file);
    if (file.refused === undefined) expect(neededImages(reading)).toEqual(canonical(file.images ?? []));
    else expect(reading).toMatchObject({ kind: 'refused', code: expect.stringMatching(/invalid/) });
  });
});
