import { version } from '../product.ts';
import { yamlLines } from './yaml-text.ts';

const ghcr = 'ghcr.io';
const major = version.split('.', 1)[0] ?? '0';

const actions = {
  checkout: 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0',
  buildx: 'docker/setup-buildx-action@e468171a9de216ec08956ac3ada2f0791b6bd435 # v3.11.1',
  cache: 'actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830 # v4.3.0',
  sarif: 'github/codeql-action/upload-sarif@f443b600d91635bebf5b0d9ebc620189c0d6fba5 # v4.30.8',
} as const;

/** A GitHub workflow that refreshes the images of a repository every night; `registries` are those that are known. */
export function workflowText(registries: readonly string[]): string {
  const packages = registries.includes(ghcr) ? 'packages: write' : '# packages: write # where images are on ghcr.io';
  return `# Written by base-image-refresh init; base-image-refresh doctor says what it still needs.
name: Refresh base images
on:
  schedule:
    - cron: "17 4 * * *"
  workflow_dispatch:
permissions:
  contents: read
  ${packages}
  security-events: write
concurrency:
  group: base-image-refresh
jobs:
  refresh:
    runs-on: ubuntu-latest
    steps:
      - uses: ${actions.checkout}
        with:
          fetch-depth: 0 # a release is built again from its own commit
      - uses: ${actions.buildx}
      - run: echo "DAY=$(date -u +%F)" >> "$GITHUB_ENV"
      - uses: ${actions.cache}
        with: # the scanner, its database of the day, and what layers hold
          path: |
            ~/.cache/trivy
            ~/.cache/base-image-refresh/layers
            ${expression('runner.tool_cache')}/base-image-refresh
          key: base-images-v${major}-${expression('runner.os')}-${expression('env.DAY')}
          restore-keys: base-images-v${major}-${expression('runner.os')}-
      - uses: base-image-refresh/base-image-refresh@v${major} # pin to a full commit in real use
        id: refresh
        with:
${['          command: refresh', ...loginLines(registries)].join('\n')}
      - uses: ${actions.sarif}
        if: always() && steps.refresh.outputs.sarif != ''
        with:
          sarif_file: \${{ steps.refresh.outputs.sarif }}
`;
}

const ofSecrets = [
  `registry-username: ${expression('secrets.REGISTRY_USERNAME')} # create these two secrets`,
  `registry-password: ${expression('secrets.REGISTRY_PASSWORD')}`,
];

function expression(text: string): string {
  return `\${{ ${text} }}`;
}

// The job's token opens ghcr.io; one other registry is logged in to by the step itself, and more by steps before it.
function loginLines(registries: readonly string[]): readonly string[] {
  const [own, ...others] = registries.filter((registry) => registry !== ghcr);
  if (own === undefined) return [];
  const also = others.length === 0 ? [] : [`# add a step before this one that logs in to ${others.join(', ')}`];
  return [...yamlLines({ registry: own }), ...ofSecrets, ...also].map(inStep);
}

function inStep(line: string): string {
  return `          ${line}`;
}

/** A pipeline of Azure DevOps that refreshes the images of a repository every night. */
export function pipelineText(branch: string | undefined): string {
  // Azure fills in what stands between $( and ), and ${{ and }}: a branch may be called so.
  const isPlain = branch !== undefined && /^[\w./-]+$/.test(branch);
  const branches = yamlLines({ branches: { include: [isPlain ? branch : 'main'] } }, 4).join('\n');
  return `# Written by base-image-refresh init; base-image-refresh doctor says what it still needs.
trigger: none
schedules:
  - cron: "17 4 * * *"
    displayName: Refresh base images
${branches}
    always: true
    batch: true # not while the last one goes on
pool:
  vmImage: ubuntu-latest
steps:
  - checkout: self
    fetchDepth: 0 # a release is built again from its own commit
  - script: docker buildx create --use
  - bash: mkdir -p "$(Pipeline.Workspace)/base-images" && echo "##vso[task.setvariable variable=day]$(date -u +%F)"
  - task: Cache@2 # the scanner, its database of the day, and what layers hold
    inputs:
      key: '"base-images" | "v${major}" | "$(Agent.OS)" | "$(day)"'
      restoreKeys: '"base-images" | "v${major}" | "$(Agent.OS)"'
      path: $(Pipeline.Workspace)/base-images
  - task: BaseImageRefresh@${major}
    name: refresh
    inputs:
      command: refresh
      registryConnection: registry-connection # the name of your service connection to the registry
      scannerCache: $(Pipeline.Workspace)/base-images/trivy
      layerCacheDir: $(Pipeline.Workspace)/base-images/layers
    env:
      BASE_IMAGE_REFRESH_CACHE: $(Pipeline.Workspace)/base-images/tools
`;
}
