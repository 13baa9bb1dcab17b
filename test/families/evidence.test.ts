import { describe, expect, test } from 'vitest';
import { type Evidence, type EvidenceKind, evidenceKinds, evidenceNames } from '../../core/baseline/evidence.ts';
import { type LadderRung, ladder, readBaseline } from '../../core/baseline/ladder.ts';
import type { PublishedImage } from '../../core/baseline/published.ts';
import type { Found } from '../../core/baseline/record.ts';
import type { Sources } from '../../core/baseline/sources.ts';
import type { BaseImage } from '../../core/dockerfile/base-image.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { parseReference } from '../../core/oci/reference.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { evidenceOf } from '../../core/report/words.ts';
import { evidenceTable } from '../../scripts/generate/families.ts';
import { sampleBase, sampleImage, sampleReport } from '../support/sample-report.ts';

const seal: EvidenceKind = { words: 'its seal', what: 'wax', coversStages: true, less: 'low if broken' };
const name = 'seal' as Evidence;
const [one, two] = [digestOf('one'), digestOf('two')];
const image = { reference: parseReference('r.example/app:1') } as PublishedImage;

/** Climbs rungs that say what is given, and tells which of them were asked, in turn. */
async function climb(...rungs: readonly (Omit<LadderRung, 'rung'> & { readonly says?: Found })[]) {
  const asked: string[] = [];
  const made = rungs.map(({ says, ...rung }): LadderRung => {
    return {
      ...rung,
      rung: async (_sources, _image, _base, claimed) => {
        asked.push([rung.evidence, ...claimed].join(' '));
        return says;
      },
    };
  });
  return { baseline: await readBaseline({} as Sources, image, {} as BaseImage, made), asked };
}

const rung = { evidence: name, group: 'seal', confidence: 'medium', asked: 'for-want-of-stronger' } as const;
const weak = { ...rung, evidence: 'git-pin', group: 'history', confidence: 'low' } as const;

describe('a rung that joins the ladder', () => {
  test('is asked in its place, and its record has its evidence and confidence', async () => {
    const { baseline, asked } = await climb({ ...rung, says: { digest: one } }, { ...weak, says: { digest: two } });
    expect(asked).toEqual(['seal']);
    expect(baseline).toEqual({ kind: 'recorded', digest: one, evidence: 'seal', confidence: 'medium' });
  });

  test('may be less sure of what it found', async () => {
    const { baseline } = await climb({ ...rung, says: { digest: one, confidence: 'low' } });
    expect(baseline).toMatchObject({ evidence: 'seal', confidence: 'low' });
  });

  test('that is always asked disputes what is stronger', async () => {
    const { baseline, asked } = await climb(
      { ...rung, says: { digest: one } },
      { ...weak, asked: 'always', says: { digest: two } },
    );
    expect(asked).toEqual(['git-pin', 'seal']);
    expect(baseline).toMatchObject({ digest: one, disputedBy: [{ digest: two, evidence: 'git-pin' }] });
  });

  test('of a group is asked with it, whatever the others of the group say', async () => {
    const { asked } = await climb(
      { ...rung, says: { digest: one } },
      { ...rung, evidence: 'label', says: { digest: one } },
    );
    expect(asked).toEqual(['seal', 'label']);
  });

  test('whose record nobody vouches for keeps no other from being asked, and comes last', async () => {
    const { baseline, asked } = await climb(
      { ...rung, says: { digest: one, verified: false } },
      { ...weak, says: { digest: two } },
    );
    expect(asked).toEqual(['seal', `git-pin ${one}`]);
    expect(baseline).toMatchObject({ digest: two, disputedBy: [{ digest: one, evidence: 'seal', verified: false }] });
  });
});

test('the ladder has every kind of evidence, and nothing between the rungs of a group', () => {
  expect([...new Set(ladder.map(({ evidence }) => evidence))].sort()).toEqual([...evidenceNames].sort());
  const groups = ladder.map(({ group }) => group);
  const changes = groups.filter((group, at) => group !== groups[at - 1]);
  expect(new Set(changes).size).toBe(changes.length);
});

test('words and documentation have a kind that joins', () => {
  const kinds = { ...evidenceKinds, seal };
  const base = { evidence: name, confidence: 'medium' } as const;
  expect(evidenceOf(base, kinds)).toBe('its seal (medium confidence)');
  expect(evidenceTable(kinds, [...ladder, { evidence: name, confidence: 'medium' }])).toMatch(
    /\| `seal` +\| wax +\| medium, low if broken +\| yes +\|/,
  );
});

test.each(evidenceNames)('a saved report may name %s', (evidence) => {
  const report = sampleReport({ images: [sampleImage({ bases: [sampleBase({ evidence })] })] });
  expect(parseReport(serialise(report), 'report.json').images[0]?.bases[0]?.evidence).toBe(evidence);
});
