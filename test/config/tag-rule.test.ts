import { describe, expect, test } from 'vitest';
import { fittingTags, type TagRule } from '../../core/discover/tag-rule.ts';
import { repository } from '../hosts/repository.ts';
import { file, load, refusal } from './support.ts';

const entry = (lines: readonly string[]) =>
  repository({
    Dockerfile: 'FROM debian:12\n',
    [file]: `images:\n  - dockerfile: Dockerfile\n${lines.map((line) => `    ${line}\n`).join('')}`,
  });
const image = 'image: ghcr.io/acme/web';

async function ruleOf(...lines: readonly string[]): Promise<TagRule | undefined> {
  return (await load(entry([image, ...lines]), {})).images[0]?.tagRule;
}

describe('a tag rule', () => {
  test('takes its own templates for patterns, and leaves names that move beside them', async () => {
    const config = await load(
      entry([image, 'tag-rule: { semver: 1.x }', 'tags: ["{version}-{date}", "quay.io/acme/web:{version}", latest]']),
      {},
    );
    expect(config.images[0]).toMatchObject({
      tags: ['latest'],
      tagRule: {
        patterns: ['{version}', '{version}-{date}'],
        range: '1.x',
        byCreation: false,
        templates: [
          { pattern: '{version}-{date}' },
          { pattern: '{version}', repository: { registry: 'quay.io', repository: 'acme/web' } },
        ],
      },
    });
  });

  test('gives way to tags that the run says', async () => {
    const { images } = await load(entry([image, 'tag-rule: { semver: 1.x }']), { tags: '1' });
    expect(images[0]).not.toHaveProperty('tagRule');
  });

  test.each([
    [['tag-rule: { semver: 1.x }', 'tags: [latest]'], 'which would not find what is promoted'],
    [['tags: ["{version}-{date}"]'], 'add tag-rule, which says which tag is published'],
    [['tag-rule: { semver: 1.x }', 'tags: ["{version}-{digest}"]'], 'add {date} or {number}'],
    [['tag-rule: { newest: main-*, semver: 1.x }'], 'says newest beside semver or pattern'],
    [['tag-rule: {}'], 'says nothing'],
    [['tag-rule: { semver: one }'], 'give a range such as'],
    [['tag-rule: { semver: 1.x, pattern: "main-{number}" }'], 'which a pattern lacks'],
    [['tag-rule: { pattern: ["{number}-{date}", "{date}"] }'], 'the same from left to right'],
    [['tag-rule: { pattern: stable }'], 'orders tags by nothing'],
    [['tag-rule: { pattern: "{build}" }'], 'give a tag with {version}'],
    [['tag-rule: { pattern: "*{number}" }'], 'one * at most'],
    [['tag-rule: { pattern: "{version}{number}" }'], 'give something between two placeholders'],
    [['tag-rule: { pattern: "{number}{number}" }'], 'give something between two placeholders'],
    [['tag-rule: { pattern: "a/b{number}" }'], 'give a tag with {version}'],
    [['tag-rule: { newest: "main-*" }', 'tags: ["quay.io/a/b:{date}"]'], 'is of another repository alone'],
  ])('is refused with its place: %j', async (lines, words) => {
    const said = await refusal(entry([image, ...lines]), {});
    expect(said).toContain(words);
    expect(said).toContain(`${file}:`);
  });

  test.each([
    [[], 'has no image'],
    [['image: ghcr.io/acme/web:1'], 'names one tag beside tag-rule'],
  ])('needs a repository: %j', async (lines, words) => {
    expect(await refusal(entry(['tag-rule: { semver: 1.x }', ...lines]), {})).toContain(words);
  });
});

test.each([
  ['{ semver: "^1.2" }', ['1.2.0', '1.9.0', '1.2.0-rc.1', '01.2.0', '1.3', 'v1.3.0', '2.0.0'], ['1.2.0', '1.9.0']],
  ['{ semver: 1.x, pattern: "v{version}-alpine" }', ['v1.2.3-alpine', 'v1.2.3', '1.2.3-alpine'], ['v1.2.3-alpine']],
  ['{ pattern: "main-*-{number}" }', ['main-ab-12-3', 'main-3', 'main-x-3a', 'dev-x-3'], ['main-ab-12-3']],
  ['{ pattern: "{date}" }', ['20261201', '2026-12-01', '20261301', '202612', '2026-1201'], ['20261201', '2026-12-01']],
  ['{ pattern: "{date}{time}" }', ['20261201235959', '20261201245959'], ['20261201235959']],
  ['{ pattern: "1.{number}" }', ['1.2', '1x2', '1.2.3'], ['1.2']],
  [
    '{ newest: "*" }',
    ['a', `bir-c1-${'a'.repeat(64)}`, 'bir-1-20260102030405-9f86d081', `sha256-${'a'.repeat(64)}.sig`],
    ['a'],
  ],
])('%s fits what it says', async (rule, tags, fitting) => {
  const read = await ruleOf(`tag-rule: ${rule}`);
  if (read === undefined) return expect.fail('no rule');
  expect(fittingTags(read, tags).map(({ tag }) => tag)).toEqual(fitting);
});
