import { referencesIn } from '../../../core/discover/references/readers.ts';
import { eachRepeated, jsonGrowths, nestedIn, type Parser, repeated } from '../growth.ts';

const manifest = 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n';
const argo = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {helm: {parameters: [';
const tokens = [
  ...[
    '    - image: a:1\n',
    '    - &a {image: a:1}\n',
    '    - *a\n',
    '    - {<<: *a}\n',
    '---\n',
    '{{ a }}\n',
    '- ',
    ' ',
    '\n',
  ],
  ...['image: "a', '{', '[', '"', '# {"$imagepolicy": "a"}', 'a,', '$(', '${', '\t', ': '],
];
const line = (token: string) => repeated(token, '[Container]\n');
const sources = [
  ...['argo-cd', 'compose-services', 'flux', 'gitlab-ci', 'helm-values', 'kubernetes', 'kustomize', 'lines'],
  ...['pipeline-containers', 'readers', 'tekton', 'tree', 'workflow-containers'],
].map((name) => `core/discover/references/${name}.ts`);

/** Readers of references outside of Dockerfiles. */
export const referenceParsers: readonly Parser[] = [
  ...['a.yaml', 'values.yaml', 'chart/templates/a.yaml', 'compose.yaml'].map(
    (path): Parser => ({
      name: `references of ${path}`,
      sources,
      parse: (text) => referencesIn(path, text),
      growths: [
        ...eachRepeated(tokens, ['image: a\n', manifest]),
        repeated('- {name: a, newTag: "1"}\n', 'images:\n'),
        repeated('{name: a.image.tag, value: "1"},', argo, ']}}}'),
        repeated('${A:-', 'services: {a: {image: "a:', '"}}'),
      ],
      nested: [nestedIn('{image: ', '}'), nestedIn('[', ']', 'image: '), nestedIn('- ', '', 'image:\n')],
      tokens: [...tokens, manifest, 'images:\n', 'services:\n', 'jobs:\n', 'resources:\n'],
    }),
  ),
  {
    name: 'references of Quadlet',
    sources: ['core/discover/references/lines.ts'],
    parse: (text) => referencesIn('a.container', text),
    growths: ['Image=a:1\n', 'Image = ', ' ', '[', '[Container]\n', 'Image=a'].map(line),
    nested: [],
    tokens: ['[Container]\n', 'Image=', 'a:1', '\n', ' '],
  },
  {
    name: 'references of devcontainer.json',
    sources: ['core/discover/references/devcontainer-image.ts'],
    parse: (text) => referencesIn('.devcontainer.json', text),
    ...jsonGrowths({ image: 'a:1', features: { a: { version: '1' } }, list: ['a'] }),
  },
];
