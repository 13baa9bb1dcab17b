import { describe, expect, test } from 'vitest';
import { detectCommand } from '../../core/commands/detect.ts';
import { loadConfig } from '../../core/config.ts';
import { referencesIn } from '../../core/discover/references/readers.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { createWorld } from '../../core/world.ts';
import { createRecordingHost } from '../support/run.ts';
import { shop } from './support.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** What is read of a file: line, kind, and the reference or why it is not known. */
function found(path: string, text: string, variables: ReadonlyMap<string, string> = new Map()): readonly string[] {
  const read = referencesIn(path, text, { variables });
  if (read.kind === 'broken') return [`broken ${read.line}`];
  return read.references.map(({ line, kind, content }) =>
    content.kind === 'known'
      ? `${line} ${kind} ${formatReference(content.reference)}`
      : `${line} ${kind} unknown: ${content.detail}`,
  );
}

function workload(kind: string, apiVersion = 'apps/v1'): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nspec:\n  template:\n    spec:\n      containers:\n        - name: a\n          image: nginx:1.27\n`;
}

const pod = 'apiVersion: v1\nkind: Pod\nspec:\n';

const rows: readonly (readonly [name: string, path: string, text: string, expected: readonly string[]])[] = [
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map(
    (kind) => [kind, 'a.yaml', workload(kind), ['8 kubernetes docker.io/library/nginx:1.27']] as const,
  ),
  ['Job', 'a.yml', workload('Job', 'batch/v1'), ['8 kubernetes docker.io/library/nginx:1.27']],
  ['Rollout', 'a.yml', workload('Rollout', 'argoproj.io/v1alpha1'), ['8 kubernetes docker.io/library/nginx:1.27']],
  ['Knative', 'a.yml', workload('Service', 'serving.knative.dev/v1'), ['8 kubernetes docker.io/library/nginx:1.27']],
  [
    'CronJob',
    'a.yaml',
    'apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: a/b:1}]}}}}}\n',
    ['3 kubernetes docker.io/a/b:1'],
  ],
  [
    'all lists of containers, and an image volume',
    'a.yaml',
    `${pod}  initContainers: [{image: a:1}]\n  containers: [{image: b:1}]\n  ephemeralContainers: [{image: c:1}]\n  volumes:\n    - image: {reference: d:1}\n    - configMap: {name: image}\n`,
    [
      '4 kubernetes docker.io/library/a:1',
      '5 kubernetes docker.io/library/b:1',
      '6 kubernetes docker.io/library/c:1',
      '8 kubernetes docker.io/library/d:1',
    ],
  ],
  [
    'several documents and a List',
    'a.yaml',
    `${pod}  containers: [{image: a:1}]\n---\napiVersion: v1\nkind: List\nitems:\n  - ${pod.trimEnd().replaceAll('\n', '\n    ')}\n      containers:\n        - image: b:1\n`,
    ['4 kubernetes docker.io/library/a:1', '13 kubernetes docker.io/library/b:1'],
  ],
  [
    'a resource of an operator',
    'a.yaml',
    'apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec:\n  containers:\n    - image: a:1\n',
    ['5 kubernetes docker.io/library/a:1'],
  ],
  ['a definition of resources', 'a.yaml', workload('CustomResourceDefinition', 'apiextensions.k8s.io/v1'), []],
  ['YAML of no manifest', 'a.yaml', 'spec: {containers: [{image: a:1}]}\n', []],
  [
    'an alias, once where it is written',
    'a.yaml',
    `${pod}  initContainers:\n    - &c {image: a:1}\n  containers:\n    - *c\n    - {<<: *c, name: b}\n`,
    ['5 kubernetes docker.io/library/a:1'],
  ],
  [
    'a variable in a manifest',
    'a.yaml',
    `${pod}  containers: [{image: "a:\${TAG}"}]\n`,
    ['4 kubernetes unknown: a:${TAG} has a variable that is given elsewhere'],
  ],
  [
    'a manifest that is a template',
    'a.yaml',
    `${pod}  {{- if .X }}\n  containers:\n    - image: {{ .Image }}\n    - image: a:1 # b\n`,
    [
      '6 kubernetes unknown: {{ .Image }} has a template that is filled in elsewhere',
      '7 kubernetes docker.io/library/a:1',
    ],
  ],
  ['a broken manifest', 'a.yaml', `${pod}  containers: [{image: a:1}\n\tb`, ['broken 5']],
  ['broken YAML of something else', 'a.yaml', 'image: [a\n\tb', []],
  [
    'Kustomize',
    'k/kustomization.yaml',
    `images:\n  - name: web\n    newName: ghcr.io/acme/web\n    newTag: "1.2"\n  - {name: db, digest: "${digest}"}\n  - name: plain\n  - {name: number, newTag: 1.20}\n`,
    [
      '4 kustomize ghcr.io/acme/web:1.2',
      `5 kustomize docker.io/library/db@${digest}`,
      '6 kustomize unknown: plain takes its tag from the manifests',
      '7 kustomize unknown: its tag is a number, which kustomize refuses; quote it',
    ],
  ],
  [
    'a component of Kustomize',
    'k/any.yaml',
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n  - name: web\n    newTag: v1\n',
    ['5 kustomize docker.io/library/web:v1'],
  ],
  [
    'Helm values',
    'chart/values.yaml',
    `image:\n  registry: ghcr.io\n  repository: acme/web\n  tag: "1.2"\n  digest: ""\ndb:\n  image: {repository: redis, tag: 7.2, pullPolicy: Always}\nsidecarImage: busybox:1.36\nname: {image: web}\ngrafana: {repository: a/b, tag: "1", sha: ${'a'.repeat(64)}}\n`,
    [
      '4 helm ghcr.io/acme/web:1.2',
      '7 helm docker.io/library/redis:7.2',
      '8 helm docker.io/library/busybox:1.36',
      `10 helm docker.io/a/b:1@${digest}`,
    ],
  ],
  [
    'Helm values with a version for a tag, and what else has a version',
    'chart/values.yaml',
    'image: {repository: acme/web, version: v2.1.0}\njobImage: {repository: acme/job, version: 1.10}\nchart: {repository: acme/chart, version: 1.0.0}\nboth:\n  image: {repository: acme/both, version: "9", tag: "1.0"}\napp: {repository: acme/app, version: "3", pullPolicy: Always}\n',
    [
      '1 helm docker.io/acme/web:v2.1.0',
      '2 helm unknown: 1.10 is a number without quotes, which may be read as another',
      '5 helm docker.io/acme/both:1.0',
      "6 helm unknown: acme/app has no tag here: the chart's own default counts, in most charts the appVersion of Chart.yaml",
    ],
  ],
  [
    'Helm values that the chart completes',
    'chart/values-prod.yaml',
    'image: {repository: acme/web, tag: ""}\nother: {repository: acme/api, pullPolicy: Always}\nodd: {repository: acme/odd, tag: 1.10}\nlarge: {repository: acme/large, tag: 20240101}\ncharts: {repository: "https://charts.example.com", tag: a}\n',
    [
      "1 helm unknown: acme/web has no tag here: the chart's own default counts, in most charts the appVersion of Chart.yaml",
      "2 helm unknown: acme/api has no tag here: the chart's own default counts, in most charts the appVersion of Chart.yaml",
      '3 helm unknown: 1.10 is a number without quotes, which may be read as another',
      '4 helm unknown: 20240101 is a number without quotes, which may be read as another',
    ],
  ],
  [
    'Helm values below a registry of all',
    'values.yaml',
    'global: {imageRegistry: mirror.example.com}\nimage: {registry: docker.io, repository: a/b, tag: "1"}\n',
    [
      '2 helm unknown: docker.io/a/b may come from mirror.example.com, which global.imageRegistry puts in front of it in many charts',
    ],
  ],
  [
    'a template of a chart',
    'chart/templates/deployment.yaml',
    `${pod}  containers:\n    - image: "{{ .Values.image }}:{{ .Values.tag }}"\n    - image: 'busybox:1.36'\n`,
    [
      '5 helm unknown: "{{ .Values.image }}:{{ .Values.tag }}" has a template that is filled in elsewhere',
      '6 helm docker.io/library/busybox:1.36',
    ],
  ],
  [
    'a release of Flux',
    'a.yaml',
    'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chart: {spec: {version: 1.0.0}}\n  values:\n    image: {repository: a/b, tag: v1}\n  postRenderers:\n    - kustomize:\n        images: [{name: c, newTag: v2}]\n',
    ['6 flux docker.io/a/b:v1', '9 flux docker.io/library/c:v2'],
  ],
  [
    'a kustomization of Flux',
    'a.yaml',
    'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  images: [{name: c, newTag: v2}]\n',
    ['4 flux docker.io/library/c:v2'],
  ],
  [
    'OCI repositories of Flux',
    'a.yaml',
    'apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  url: oci://ghcr.io/a/b\n  ref: {tag: v1}\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec: {url: oci://ghcr.io/a/c, ref: {semver: ">=1.0"}}\n',
    ['5 flux ghcr.io/a/b:v1', '9 flux unknown: Flux chooses a tag of ghcr.io/a/c by >=1.0'],
  ],
  [
    'what Flux watches',
    'a.yaml',
    'apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nspec: {image: ghcr.io/a/b}\n',
    ['3 flux unknown: Flux watches ghcr.io/a/b; which tag it chooses is written where its comment stands'],
  ],
  [
    'sources of Argo CD',
    'a.yaml',
    'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  sources:\n    - kustomize: {images: ["web=ghcr.io/a/web:1", "b:2", "c"]}\n    - helm:\n        parameters:\n          - {name: image.repository, value: a/b}\n          - {name: image.tag, value: "3"}\n          - {name: db.image.tag, value: "4"}\n        valuesObject: {image: {repository: d/e, tag: "5"}}\n        values: "image: x"\n',
    [
      '5 argo-cd ghcr.io/a/web:1',
      '5 argo-cd docker.io/library/b:2',
      '5 argo-cd unknown: c takes its tag from the manifests',
      '9 argo-cd docker.io/a/b:3',
      "10 argo-cd unknown: db.image.repository is not set here: the chart's own default counts",
      '11 argo-cd docker.io/d/e:5',
      '12 argo-cd unknown: values of Helm as one text are not read; write them under valuesObject',
    ],
  ],
  [
    'a set of applications',
    'a.yaml',
    'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: {spec: {source: {kustomize: {images: ["a:{{v}}", "b:1"]}}}}}\n',
    ['3 argo-cd unknown: a:{{v}} has a template that is filled in elsewhere', '3 argo-cd docker.io/library/b:1'],
  ],
  [
    'Tekton',
    'a.yaml',
    'apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  stepTemplate: {image: a:1}\n  steps:\n    - image: b:1\n    - image: $(params.image)\n  sidecars:\n    - image: c:1\n---\napiVersion: tekton.dev/v1beta1\nkind: StepAction\nspec: {image: d:1}\n',
    [
      '4 tekton docker.io/library/a:1',
      '6 tekton docker.io/library/b:1',
      '7 tekton unknown: $(params.image) has a variable that only a run knows',
      '9 tekton docker.io/library/c:1',
      '13 tekton docker.io/library/d:1',
    ],
  ],
  [
    'a pipeline of Tekton',
    'a.yaml',
    'apiVersion: tekton.dev/v1\nkind: Pipeline\nspec: {tasks: [{taskSpec: {steps: [{image: b:1}]}}]}\n',
    ['3 tekton docker.io/library/b:1'],
  ],
  [
    'a GitHub workflow',
    '.github/workflows/a.yml',
    'jobs:\n  a:\n    container: node:20\n    services:\n      db: {image: "postgres:16"}\n      none: {image: "${{ matrix.db }}"}\n    steps:\n      - uses: docker://alpine:3.20\n      - uses: actions/checkout@v4\n  b: {container: {image: ghcr.io/a/b:1}}\n',
    [
      '3 workflow docker.io/library/node:20',
      '5 workflow docker.io/library/postgres:16',
      '6 workflow unknown: ${{ matrix.db }} has an expression that only a run knows',
      '8 workflow docker.io/library/alpine:3.20',
      '10 workflow ghcr.io/a/b:1',
    ],
  ],
  ['a GitHub action', 'action.yml', 'runs: {using: docker, image: "docker://a/b:1"}\n', ['1 workflow docker.io/a/b:1']],
  ['a GitHub action with a Dockerfile', 'action.yml', 'runs: {using: docker, image: Dockerfile}\n', []],
  [
    'an Azure pipeline',
    'azure-pipelines.yml',
    'resources:\n  containers:\n    - {container: u, image: "ubuntu:24.04"}\n    - {container: acr, type: ACR, repository: x}\njobs:\n  - job: a\n    container: u\n  - job: b\n    container: debian:12\n  - job: c\n    container: {image: "a:$(tag)"}\n',
    [
      '3 pipeline docker.io/library/ubuntu:24.04',
      '9 pipeline docker.io/library/debian:12',
      '11 pipeline unknown: a:$(tag) has a variable that only a run knows',
    ],
  ],
  [
    'GitLab CI',
    '.gitlab-ci.yml',
    'default: {image: ruby:3.3}\nimage: {name: node:20}\njob:\n  image: $CI_IMAGE\n  services: [postgres:16, {name: "redis:7", alias: r}]\n',
    [
      '1 gitlab-ci docker.io/library/ruby:3.3',
      '2 gitlab-ci docker.io/library/node:20',
      '4 gitlab-ci unknown: $CI_IMAGE has a variable that is given elsewhere',
      '5 gitlab-ci docker.io/library/postgres:16',
      '5 gitlab-ci docker.io/library/redis:7',
    ],
  ],
  [
    'what a pipeline of GitLab includes, whatever it is called',
    'ci/lint.yml',
    '.base:\n  image: alpine:3.20\n  script: [a]\nlint:\n  extends: .base\n  services: [redis:7]\n  script: a\n',
    ['2 gitlab-ci docker.io/library/alpine:3.20', '6 gitlab-ci docker.io/library/redis:7'],
  ],
  ['a script beside images that are of no job', 'a.yml', 'kind: X\na: { image: alpine:3.20, script: b }\n', []],
  ['an image without a script', 'b.yml', 'a: { image: alpine:3.20 }\nb: { script: c }\n', []],
  [
    'a development container',
    '.devcontainer/devcontainer.json',
    '{\n  // comment\n  "image": "mcr.microsoft.com/devcontainers/base:bookworm",\n}\n',
    ['3 devcontainer mcr.microsoft.com/devcontainers/base:bookworm'],
  ],
  [
    'Quadlet',
    'web.container',
    '[Unit]\nImage=no:1\n[Container]\n# Image=no:2\nImage=no:3\nImage=base.image\nImage=a:%i\n[Image]\nImage = docker.io/library/nginx:1.27\n',
    ['7 quadlet unknown: a:%i has a unit specifier of systemd', '9 quadlet docker.io/library/nginx:1.27'],
  ],
  [
    'Quadlet, an Image that another line continues, and one that is taken back',
    'web.container',
    '[Container]\nImage=docker.io/library/nginx:1.27\nExec=sh \\\n# of nothing\n  Image=no:1\n[Image]\nImage=no:2\nImage=\n',
    ['2 quadlet docker.io/library/nginx:1.27'],
  ],
  [
    'Quadlet, an Image over two lines',
    'web.container',
    '[Container]\nImage=no:1\nImage=docker.io/library/ \\\n  nginx\n',
    ['3 quadlet unknown: docker.io/library/ \\ is not one whole word'],
  ],
  [
    'Compose',
    'compose.yaml',
    'services:\n  a: {image: "nginx:${V:-1.27}"}\n  b: {image: "nginx:$W"}\n  c: {build: ., image: own}\n  d: {image: "redis:${R}"}\n',
    [
      '2 compose docker.io/library/nginx:1.27',
      '3 compose unknown: nginx:$W has W, which only its user sets',
      '5 compose docker.io/library/redis:7',
    ],
  ],
];

describe('the references of a file', () => {
  test.each(rows)('%s', (_, path, text, expected) => {
    expect(found(path, text, path === 'compose.yaml' ? new Map([['R', '7']]) : undefined)).toEqual(expected);
  });

  test('say who keeps them up to date', () => {
    const text =
      'image:\n  repository: a/b # {"$imagepolicy": "flux-system:web:name"}\n  tag: v1 # {"$imagepolicy": "flux-system:web:tag"}\n';
    const read = referencesIn('values.yaml', text);
    expect(read.kind === 'read' ? read.references.map(({ keptBy }) => keptBy) : []).toEqual([
      'is kept up to date by Flux (flux-system:web:tag)',
    ]);
  });
});

async function detected(files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) {
  const root = shop(files);
  const world = createWorld({ cwd: root });
  const host = createRecordingHost({ command: 'detect', references: 'true', path: root, ...inputs });
  try {
    const conclusion = await detectCommand(await loadConfig(host, world), host, world);
    return { conclusion, printed: host.printed.join('\n'), lines: host.lines.map(({ message }) => message) };
  } finally {
    await world.close();
  }
}

describe('detect --references', () => {
  const manifest = `${pod}  containers: [{image: a:1}, {image: "b:$V"}]\n`;

  test('prints a list of its own', async () => {
    const files = {
      'k8s/a.yaml': manifest,
      'third_party/k8s/b.yaml': manifest,
      'gone/c.yaml': manifest,
      Dockerfile: 'FROM x',
    };
    const { conclusion, printed } = await detected(files, { format: 'json', exclude: 'gone' });
    expect(JSON.parse(printed)).toEqual({
      schemaVersion: 1,
      references: [
        {
          path: 'k8s/a.yaml',
          line: 4,
          kind: 'kubernetes',
          raw: 'a:1',
          reference: 'docker.io/library/a:1',
          failure: null,
        },
        {
          path: 'k8s/a.yaml',
          line: 4,
          kind: 'kubernetes',
          raw: 'b:$V',
          reference: null,
          failure: { detail: 'b:$V has a variable that is given elsewhere' },
        },
      ],
    });
    expect(conclusion).toBe('succeeded');
  });

  test('does not know an image in whose place kustomize puts another', async () => {
    const files = {
      'base/a.yaml': `${pod}  containers: [{image: web}, {image: "db:1"}]\n`,
      'shop/kustomization.yaml':
        'images: [{name: web, newName: ghcr.io/acme/web, newTag: v1}, {name: db, newTag: v2}]\n',
    };
    const { printed } = await detected(files, { format: 'json' });
    const rows = JSON.parse(printed).references.map((one: Record<string, unknown>) => one.reference ?? one.failure);
    expect(rows).toEqual([
      { detail: 'kustomize puts another image in the place of web' },
      'docker.io/library/db:1',
      'ghcr.io/acme/web:v1',
      'docker.io/library/db:v2',
    ]);
  });

  test('reads Compose files of any usual name, and leaves out what another one of the folder builds', async () => {
    const files = {
      'compose.yaml': 'services: {web: {build: .}, db: {image: "postgres:16"}}\n',
      'docker-compose.prod.yml': 'services: {web: {image: "ghcr.io/acme/web:1"}, cache: {image: "redis:$V"}}\n',
      '.env': 'V=7\n',
      'ops/dev.compose.yaml': 'services: {web: {image: "ghcr.io/acme/web:2"}}\n',
      'ops/composer.yaml': 'services: {web: {image: "no:1"}}\n',
      'ops/my-compose.yml': 'volumes: {web: {image: "no:2"}}\n',
    };
    const { printed } = await detected(files, { format: 'json' });
    expect(JSON.parse(printed).references.map((one: Record<string, unknown>) => [one.path, one.reference])).toEqual([
      ['compose.yaml', 'docker.io/library/postgres:16'],
      ['docker-compose.prod.yml', 'docker.io/library/redis:7'],
      ['ops/dev.compose.yaml', 'ghcr.io/acme/web:2'],
    ]);
  });

  test('shows a table, and what is not known below it', async () => {
    const { printed } = await detected({ 'a.yaml': manifest });
    expect(printed).toContain('a.yaml:4');
    expect(printed).toContain('a.yaml:4: unknown; b:$V has a variable that is given elsewhere.');
    expect(printed).toContain('2 image references in 1 file, 1 of them unknown.');
  });

  test('ends incomplete where a file is broken, with its line, and lists the rest', async () => {
    const { conclusion, printed, lines } = await detected({
      'a.yaml': manifest,
      'kustomization.yaml': 'images: [a\n\tb',
    });
    expect(conclusion).toBe('incomplete');
    expect(printed).toContain('2 image references in 1 file');
    expect(lines).toEqual([expect.stringMatching(/^kustomization\.yaml:2: is no YAML that can be read/)]);
  });

  test('is a usage error where there is nothing, and says what is left out', async () => {
    const { conclusion, lines } = await detected({ 'vendor/values.yaml': 'image: a:1\n' });
    expect(conclusion).toBe('usage-error');
    expect(lines.join('\n')).toContain('vendor/values.yaml is of third parties, examples or tests, and left out');
    expect(lines.join('\n')).toContain('no file that names an image was found');
  });
});
