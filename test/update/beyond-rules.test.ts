import { describe, expect, test } from 'vitest';
import { parseReference } from '../../core/oci/reference.ts';
import { beyondRules } from '../../core/update/beyond-rules.ts';
import { newerTags, type TagRules } from '../../core/update/newer-tags.ts';
import { tagLists } from './tag-lists.ts';

const defaults: TagRules = {
  policy: 'minor',
  mayMoveSuffix: false,
  longTermOnly: true,
  preReleases: false,
  ignore: [],
};

type Row = readonly [
  text: string,
  rules: Partial<TagRules>,
  held: readonly string[],
  tags?: readonly string[] | undefined,
];

function shown([text, some, , tags]: Row): readonly string[] {
  const reference = parseReference(text);
  const rules = { ...defaults, ...some };
  const offered = tags ?? tagLists[text.split(':')[0] ?? ''] ?? [];
  const [newest] = newerTags(reference, reference.tag ?? '', offered, rules);
  const subject = { reference } as Parameters<typeof beyondRules>[0]['subject'];
  const question = { subject, named: reference, now: { kind: 'absent' as const }, needed: [] };
  return beyondRules(question, offered, rules, newest).map(
    ({ target, kind, reason, detail }) => `${target.tag} ${kind} ${reason}: ${detail}`,
  );
}

const major = 'is a major update; policy: major would take it';

describe('what is beyond the rules is held with its own reason', () => {
  const rows: readonly Row[] = [
    ['postgres:13.4', {}, [`17.2 major policy: ${major}`], ['13.4', '14.1', '17.2', '18beta1']],
    ['ubuntu:22.04', {}, [`26.04 major policy: ${major}`], ['22.04', '24.04', '25.10', '26.04']],
    ['node:20', {}, [`24 major policy: ${major}`]],
    ['node:24', {}, []],
    ['node:20', { policy: 'major' }, []],
    ['node:20', { allow: '<22' }, []],
    [
      'node:20.11.1',
      { policy: 'patch' },
      ['20.19.5 minor policy: is a minor update; policy: minor would take it', `24.9.0 major policy: ${major}`],
    ],
    [
      'node:20-bullseye',
      {},
      ['22-bookworm major policy: is a major update; policy: major with suffix: move would take it'],
    ],
    [
      'node:20-bullseye',
      { policy: 'major' },
      ['22-bookworm major suffix: is there with a later suffix only; suffix: move would take it'],
    ],
    ['node:20-bookworm', { mayMoveSuffix: true }, [`22-trixie major policy: ${major}`], ['20-bookworm', '22-trixie']],
    ['debian:bookworm', {}, [`trixie major policy: ${major}`]],
    ['node:latest', {}, []],
  ];
  test.each(rows.map((row) => ({ row, label: `${row[0]} with ${JSON.stringify(row[1])}` })))('$label', ({ row }) => {
    expect(shown(row)).toEqual(row[2]);
  });
});
