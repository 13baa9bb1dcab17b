import { describe, expect, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import type { Promoted } from '../../core/report/promoted.ts';
import { chooseReleased } from '../../core/report/released.ts';
import { savedReport } from './support.ts';

const [a, b, c] = ['a', 'b', 'c'].map((letter) => `sha256:${letter.repeat(64)}` as Digest) as [Digest, Digest, Digest];
const web = 'ghcr.io/acme/web';

function promoted(digest: Digest, ...tags: readonly string[]): Promoted {
  const [image] = savedReport(web, digest).images;
  if (image === undefined) throw new Error('no image');
  return {
    name: 'web',
    image,
    promotion: { at: '', digest, tags: tags.map((tag) => ({ reference: `${web}:${tag}` })) },
  };
}

const now = (tags: Readonly<Record<string, Digest | undefined>>) =>
  new Map(Object.entries(tags).map(([tag, digest]) => [`${web}:${tag}`, digest]));

const told = (all: readonly Promoted[], tags: Readonly<Record<string, Digest | undefined>>) =>
  chooseReleased(all, now(tags)).map(({ kind, promoted: { image, promotion } }) => [
    kind,
    image.name,
    promotion.digest,
    promotion.tags.map(({ reference }) => reference.slice(web.length + 1)),
  ]);

describe('of promotions, the newest first', () => {
  test.each<[string, readonly Promoted[], Readonly<Record<string, Digest | undefined>>, readonly unknown[]]>([
    ['the last one is released', [promoted(b, '1'), promoted(a, '1')], { 1: b }, [['released', 'web', b, ['1']]]],
    ['one and its own record are one', [promoted(a, '1'), promoted(a, '1')], { 1: a }, [['released', 'web', a, ['1']]]],
    [
      'one that a killed run never made is passed over',
      [promoted(b, '1'), promoted(a, '1')],
      { 1: a },
      [['released', 'web', a, ['1']]],
    ],
    ['one that was rolled back is withdrawn', [promoted(b, '1')], { 1: a }, [['withdrawn', 'web', b, ['1']]]],
    ['one whose tag is gone is withdrawn', [promoted(b, '1')], { 1: undefined }, [['withdrawn', 'web', b, ['1']]]],
    [
      'only the newest of those that explain nothing is told',
      [promoted(b, '1'), promoted(a, '1')],
      { 1: c },
      [['withdrawn', 'web', b, ['1']]],
    ],
    [
      'a tag that somebody moved is withdrawn, and the other stays',
      [promoted(b, '1', 'latest')],
      { 1: b, latest: c },
      [
        ['released', 'web', b, ['1']],
        ['withdrawn', `web (${web}:latest)`, b, ['latest']],
      ],
    ],
    [
      'each tag that somebody moved is withdrawn once, from the newest that names it',
      [promoted(b, '1', 'latest'), promoted(a, '1', 'latest')],
      { 1: c, latest: undefined },
      [
        ['withdrawn', 'web', b, ['1']],
        ['withdrawn', `web (${web}:latest)`, b, ['latest']],
      ],
    ],
    [
      'two of which each left a tag are told apart',
      [promoted(b, '1'), promoted(a, '1', 'latest')],
      { 1: b, latest: a },
      [
        ['released', 'web', b, ['1']],
        ['released', `web (${web}:latest)`, a, ['latest']],
      ],
    ],
  ])('%s', (_, all, tags, wanted) => {
    expect(told(all, tags)).toEqual(wanted);
  });

  test('a withdrawn one is told of in words', () => {
    const [only] = chooseReleased([promoted(b, '1')], now({ 1: a }));
    expect(only).toMatchObject({
      failure: {
        code: 'moved',
        subject: `${web}:1`,
        detail: `names ${a} and not the promoted ${b}, so that is no longer released`,
      },
    });
  });
});
