import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseArguments } from '../cli/args.ts';
import { parseFleet } from '../core/fleet/fleet-file.ts';
import { load } from './config/support.ts';
import { doctor, said } from './doctor/support.ts';
import { repository } from './hosts/repository.ts';

const folder = join(import.meta.dirname, '../docs/guides');
const pages = new Map(
  readdirSync(folder).map((name): readonly [string, string] => [name, readFileSync(join(folder, name), 'utf8')]),
);

const blocks = (language: string) =>
  [...pages].flatMap(([page, text]) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => ({
      page,
      block,
    })),
  );

const commands = blocks('console').flatMap(({ page, block }) =>
  block
    .trim()
    .split('\n')
    .map((line) => ({ page, words: line.replace(/^\$ (?:npx )?base-image-refresh /, '').split(' ') })),
);

describe('every command', () => {
  test('is one of this program', () => {
    expect(commands.length).toBeGreaterThan(12);
  });

  test.each(commands.map(({ page, words }) => [page, words.join(' ')] as const))('%s: %s', (_, line) => {
    expect(parseArguments(line.split(' '))).toMatchObject({ kind: 'run' });
  });
});

describe('every YAML block', () => {
  const yaml = blocks('yaml');
  const kindOf = (block: string) => {
    if (block.includes('- uses: base-image-refresh/')) return 'github';
    if (block.includes('- task: BaseImageRefresh@')) return 'azure';
    if (block.startsWith('# fleet.yml')) return 'fleet';
    if (block.startsWith('apiVersion: tekton.dev/')) return 'tekton';
    return block.startsWith('# .base-image-refresh.yml') ? 'configuration' : 'gitlab';
  };

  test('is of a kind that is tried here', () => {
    expect(yaml.map(({ page, block }) => `${page} ${kindOf(block)}`)).toEqual([
      'aks.md configuration',
      'container.md gitlab',
      'container.md tekton',
      'many-platforms.md configuration',
      'notify.md github',
      'organisation.md fleet',
      'private-registries.md github',
      'private-registries.md azure',
      'quick-start.md github',
      'quick-start.md azure',
      'quick-start.md gitlab',
      'shared-bases.md configuration',
      'signed-only.md configuration',
    ]);
  });

  test.each([
    ['github', '.github/workflows/refresh.yml'],
    ['azure', 'azure-pipelines.yml'],
  ])('of %s is in order for doctor but for the version', async (kind, path) => {
    for (const { block } of yaml.filter((one) => kindOf(one.block) === kind)) {
      const files = { Dockerfile: 'FROM debian:12\n', [path]: block };
      const [, image = 'ghcr.io/acme/web:1'] = / image: (\S+)/.exec(block) ?? [];
      const found = await doctor(files, { inputs: { offline: 'true', image } });
      expect(said(found).filter((line) => !line.startsWith('workflow-pin warning'))).toEqual([]);
    }
  });

  test('of a fleet is read', () => {
    const fleets = yaml.filter((one) => kindOf(one.block) === 'fleet');
    expect(fleets.map(({ block }) => parseFleet(block, 'fleet.yml').github?.organization)).toEqual(['acme']);
  });

  test('of the configuration is read', async () => {
    for (const { block } of yaml.filter((one) => kindOf(one.block) === 'configuration')) {
      const dockerfiles = [...block.matchAll(/dockerfile: (\S+)/g)].map(([, path = '']) => [path, 'FROM scratch\n']);
      const root = repository({ '.base-image-refresh.yml': block, ...Object.fromEntries(dockerfiles) });
      const { images } = await load(root, {});
      expect(images).toHaveLength(dockerfiles.length);
    }
  });

  test('of GitLab and Tekton runs commands of this program', () => {
    for (const { block } of yaml.filter((one) => ['gitlab', 'tekton'].includes(kindOf(one.block)))) {
      const [, shell = '', args = ''] = /- (?:npx --yes )?base-image-refresh (.*)|args: \[(.*)\]/.exec(block) ?? [];
      expect(parseArguments((shell || args.replaceAll(',', '')).split(' '))).toMatchObject({ kind: 'run' });
    }
  });
});

test('every error text of the troubleshooting is one that the program has', () => {
  const core = join(import.meta.dirname, '../core');
  const sources = readdirSync(core, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(core, name), 'utf8').replace(/\$\{[^}]*\}/g, '401'))
    .join('\n');
  const texts = [...(pages.get('troubleshooting.md') ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map(
    ([, text = '']) => text,
  );
  expect(texts.length).toBeGreaterThan(10);
  const known = (text: string) => sources.includes(text.replace(/registry answered \d+/, 'answered 401'));
  expect(texts.filter((text) => !known(text))).toEqual([]);
});

test('every link leads to a page and a heading that are there', () => {
  const anchorsOf = (page: string) =>
    [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
  const missing = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/\]\((?!https:)([^)]+)\)/g)].flatMap(([, link = '']) => {
      const [path = '', anchor] = link.split('#');
      const file = normalize(join(folder, path === '' ? page : path));
      if (!existsSync(file)) return [`${page}: ${link}`];
      const isThere = anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
      return isThere ? [] : [`${page}: ${link}`];
    }),
  );
  expect(missing).toEqual([]);
  const index = pages.get('README.md') ?? '';
  for (const page of pages.keys()) if (page !== 'README.md') expect(index).toContain(`](${page})`);
});

test('the roles of the manifest for AKS are those of the reference', () => {
  const root = join(import.meta.dirname, '..');
  const manifest = parseAllDocuments(readFileSync(join(root, 'templates/kubernetes/aks.yaml'), 'utf8'));
  const roles = manifest.map((one) => one.toJS()).filter(({ kind }) => kind === 'Role');
  const documented = ['deploy', 'inventory'].map((page) => {
    const text = readFileSync(join(root, `docs/${page}.md`), 'utf8');
    return parse(/```yaml\n(rules:\n[^`]+)```/.exec(text)?.[1] ?? '');
  });
  expect(roles.map(({ rules }) => ({ rules }))).toEqual(documented);
});
