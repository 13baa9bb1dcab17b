import { describe, expect, it } from 'vitest';
import { discovered, shop } from '../discover/support.ts';

// A few bytes in a repository that stall whoever unfolds them; each is read or refused at once.
const dockerfile = 'FROM debian:12\n';
const service = 'services: { a: { image: "x/y", build: . } }';

function each(count: number, of: (at: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, at) => of(at));
}

/** Files that each include two times the next. */
function includedTwice(count: number): Readonly<Record<string, string>> {
  const files = each(count, (at) => `include: [c${at + 1}.yaml, c${at + 1}.yaml]\n`);
  return Object.fromEntries(files.map((text, at) => [at === 0 ? 'compose.yaml' : `c${at}.yaml`, text]));
}

function bake(targets: Readonly<Record<string, object>>): Readonly<Record<string, string>> {
  return { 'docker-bake.json': JSON.stringify({ target: targets }) };
}

const names = each(6, (at) => `t${at}`);
const doubled = each(40, (at) => `V${at + 1}=$V${at}$V${at}`).join('\n');

describe('a repository that unfolds without end', () => {
  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'Compose files that include one another',
      Object.fromEntries(
        ['compose', 'c0', 'c1', 'c2'].map((name) => [
          `${name}.yaml`,
          `include: [c0.yaml, c1.yaml, c2.yaml]\n${service}`,
        ]),
      ),
      'includes itself (compose.yaml → c0.yaml → c0.yaml)',
    ],
    [
      'Compose files that each include the next twice',
      includedTwice(30),
      'comes to more than 500 files of one Compose project, which is the bound',
    ],
    [
      'a chain of services that extend one another',
      { 'compose.yaml': `services:\n${each(40, (at) => `  s${at}: { extends: s${at + 1} }\n`).join('')}` },
      'is extended by way of more than 20 services',
    ],
    [
      'a chain of bake targets',
      bake(Object.fromEntries(each(40, (at) => `t${at}`).map((name, at) => [name, { inherits: [`t${at + 1}`] }]))),
      'inherits by way of more than 20 targets',
    ],
    [
      'variables that double one another',
      { '.env': `V0=ab\n${doubled}\n`, 'compose.yaml': service },
      'comes to more than 4194304 characters of variables put in, which is the bound',
    ],
    [
      'variables within variables',
      { 'compose.yaml': `services: { a: { image: "${'${A:-'.repeat(100)}${'}'.repeat(100)}", build: . } }` },
      'nests variables more than 20 deep',
    ],
    [
      'a workflow of aliases of aliases',
      {
        '.github/workflows/w.yml': `a: &a [x,x,x,x,x,x,x,x,x]\n${each(
          9,
          (at) =>
            `l${at}: &l${at} [${Array(9)
              .fill(at === 0 ? '*a' : `*l${at - 1}`)
              .join()}]`,
        ).join('\n')}`,
      },
      'is YAML that comes to more than 250000 values, which is the bound',
    ],
    [
      'a pipeline whose templates take in two of the next',
      {
        'azure-pipelines.yml': 'steps: [{ template: t0.yml }]\n# Docker@2\n',
        ...Object.fromEntries(
          each(20, (at) => `t${at}`).map((name, at) => [
            `${name}.yml`,
            `steps: [{ template: t${at + 1}.yml }, { template: t${at + 1}.yml }]\n`,
          ]),
        ),
      },
      'comes to more than 500 templates taken in, which is the bound',
    ],
  ])('%s: is a failure', async (_, files, detail) => {
    const { failures, builds } = await discovered(shop({ Dockerfile: dockerfile, ...files }));
    expect(failures).toContainEqual(expect.objectContaining({ detail, remedy: expect.stringMatching(/./) }));
    expect(builds.map(({ build }) => build.dockerfile)).toContain('Dockerfile');
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    [
      'bake targets that all inherit from all',
      bake(Object.fromEntries(names.map((name) => [name, { inherits: names, tags: ['x/y:1'] }]))),
    ],
    ['unclosed variables', { 'compose.yaml': `services: { a: { image: "x/y:${'${'.repeat(160_000)}", build: . } }` }],
    [
      'lines of blanks',
      { '.env': `A=b${' '.repeat(400_000)}x\nB='${' '.repeat(400_000)}x\n`, 'compose.yaml': service },
    ],
    ['a .gitignore of stars', { '.gitignore': `${'*a'.repeat(10)}*b\n`, [`${'a'.repeat(200)}.txt`]: '' }],
  ])('%s: is read', async (_, files) => {
    const { failures, builds } = await discovered(shop({ Dockerfile: dockerfile, ...files }));
    expect(failures).toEqual([]);
    expect(builds.map(({ build }) => build.dockerfile)).toContain('Dockerfile');
  });
});
