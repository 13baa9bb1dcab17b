import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isDockerfileName } from '../../core/discover/file-names.ts';
import { statingFiles } from '../../core/discover/stating-files.ts';

const page = readFileSync(new URL('../../docs/detect.md', import.meta.url), 'utf8');

function source(folder: string): string {
  const url = new URL(`../../core/${folder}/`, import.meta.url);
  const files = readdirSync(url, { recursive: true }).map(String);
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(file, url), 'utf8'))
    .join('\n');
}

describe('docs/detect.md', () => {
  it('has every code that a Dockerfile can be refused with, and no other', () => {
    const codes = /export type RefusalCode =([^;]+);/.exec(source('dockerfile'))?.[1] ?? '';
    const [, refused = ''] = page.split('## What is refused');
    const documented = [...refused.matchAll(/^\| `([\w-]+)`/gm)].map(([, code = '']) => code);
    // A file that cannot be read never comes to the parser.
    const known = [...codes.matchAll(/'([\w-]+)'/g)].map(([, code = '']) => code);
    expect(documented.toSorted()).toEqual([...known, 'unreadable'].sort());
  });

  it('names every rule of the linter that is applied', () => {
    const rules = /export type LintRule =([^;]+);/.exec(source('dockerfile'))?.[1] ?? '';
    const known = [...rules.matchAll(/'(\w+)'/g)].map(([, rule = '']) => rule);
    expect(known.length).toBeGreaterThan(19);
    expect(known.filter((rule) => !page.includes(rule))).toEqual([]);
  });

  it('tells the files that are read by their names', () => {
    const [, rest = ''] = page.split('## Which files are Dockerfiles');
    const [first = ''] = rest
      .split('\n')
      .filter((line) => line.endsWith('a Dockerfile |') || /\| a Dockerfile +\|$/.test(line));
    const names = [...first.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !isDockerfileName(name))).toEqual([]);
    const stating = [
      'docker-bake.json',
      'docker-bake.hcl',
      'compose.yaml',
      'docker-compose.yml',
      '.devcontainer/devcontainer.json',
    ];
    expect(stating.filter((path) => !statingFiles()(path) || !page.includes(path.split('/').at(-1) ?? path))).toEqual(
      [],
    );
  });
});
