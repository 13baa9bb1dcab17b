import { describe, expect, it } from 'vitest';
import { canonical, neededImages, type Recorded, readRecorded, recorded } from './recorded.ts';

// Where we differ from that version of BuildKit on purpose; each with its reason.
const known: Readonly<Record<string, string>> = {
  'cf-parents': 'newer stable frontends take COPY --parents',
  'h2-name-var': 'a here-document named by a substitution with a default is not recognised by BuildKit',
  'h2-name-var2': 'the same',
  'x-sde': 'the value of SOURCE_DATE_EPOCH decides no base image',
};

const corpus = recorded('buildkit').filter(({ name }) => known[name] === undefined && !isLint(name));

// Warnings that a check directive turns into errors are not ours to find.
function isLint(name: string): boolean {
  return /^lint-(?!ok)/.test(name) || name === 'dir-check-err-true-warn';
}

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

describe('references', () => {
  it.each(recorded('references'))('$name', (file: Recorded) => {
    const reading = readRecorded(file);
    if (file.refused === undefined) expect(neededImages(reading)).toEqual(canonical(file.images ?? []));
    else expect(reading).toMatchObject({ kind: 'refused', code: expect.stringMatching(/invalid/) });
  });
});
