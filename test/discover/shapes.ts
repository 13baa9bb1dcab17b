/** One shape of a workflow or pipeline, and what is known of the images that it publishes. */
export interface Shape {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  /** `DOCKERFILE: IMAGE IMAGE`, one for each image; those without a name are left out. */
  readonly images: readonly string[];
  /** What each notice holds. */
  readonly notices?: readonly string[];
}

export const workflowPath = '.github/workflows/ci.yml';
const dockerfile = 'FROM debian:12\n';

/** A workflow with one job of these steps, and further files. */
export function workflowOf(on: string, steps: string, more: Readonly<Record<string, string>> = {}, job = '') {
  const indented = steps.trim().replace(/^/gm, '      ');
  const text = `on: ${on}\njobs:\n  build:\n    runs-on: ubuntu-latest\n${job.replace(/^(?=.)/gm, '    ')}    steps:\n${indented}\n`;
  return { [workflowPath]: text, Dockerfile: dockerfile, ...more };
}

/** The usual two steps: names from metadata, then a build that pushes. */
export function metadata(inputs: string, build = '') {
  const indented = inputs.trim().replace(/^/gm, '    ');
  return `- id: meta
  uses: docker/metadata-action@v5
  with:
    images: ghcr.io/acme/app
${indented}
- uses: docker/build-push-action@v6
  with:
    context: .
    push: true
    tags: \${{ steps.meta.outputs.tags }}
${build}`;
}

const onMain = '{ push: { branches: [main] } }';
const onTags = "{ push: { tags: ['v*'] } }";
const all = "{ push: { branches: [main], tags: ['v*'] }, schedule: [{ cron: '0 0 * * *' }], pull_request: {} }";

function tags(
  what: string,
  on: string,
  inputs: string,
  images: readonly string[],
  notices: readonly string[] = [],
): Shape {
  return { what: `metadata: ${what}`, files: workflowOf(on, metadata(inputs)), images, notices };
}

function image(...names: readonly string[]): string {
  return `Dockerfile: ${names.map((name) => `ghcr.io/acme/app:${name}`).join(' ')}`;
}

/** In a checkout of acme/app whose default branch is main and whose newest tags are v2.3.4 and v3.0.0-rc.1. */
export const metadataShapes: readonly Shape[] = [
  tags('the defaults on a branch', onMain, '', [image('main')]),
  tags('the defaults on a tag', onTags, '', [image('v2.3.4', 'latest')]),
  tags('the defaults on everything', all, '', [image('main'), image('v2.3.4', 'latest'), image('nightly')]),
  tags(
    'semver',
    onTags,
    'tags: |\n  type=semver,pattern={{version}}\n  type=semver,pattern={{major}}.{{minor}}\n  type=semver,pattern={{major}}',
    [image('2.3.4', '2.3', '2', 'latest')],
  ),
  tags('semver of a branch makes no tag', onMain, 'tags: type=semver,pattern={{version}}', []),
  tags('semver of a value', onMain, 'tags: type=semver,pattern=v{{major}},value=v1.2.3', [image('v1', 'latest')]),
  tags('a pre-release is whole and never latest', onMain, 'tags: type=semver,pattern={{major}},value=1.2.3-rc.1', [
    image('1.2.3-rc.1'),
  ]),
  tags('pep440', onTags, 'tags: type=pep440,pattern={{major}}.{{minor}}', [image('2.3', 'latest')]),
  tags(
    'pep440 of a form of its own',
    onMain,
    'tags: type=pep440,pattern={{version}},value=1.0a1',
    [],
    ['version of a form that is not understood'],
  ),
  tags('match', onTags, 'tags: type=match,pattern=v(\\d+\\.\\d+),group=1', [image('2.3', 'latest')]),
  tags('match with slashes and flags', onTags, 'tags: type=match,pattern=/V(.*)/i,group=1', [image('2.3.4', 'latest')]),
  tags('match that does not fit', onTags, 'tags: type=match,pattern=x(.*)', []),
  tags('edge', onMain, 'tags: type=edge', [image('edge')]),
  tags('edge of another branch', onMain, 'tags: type=edge,branch=develop', []),
  tags('the branch', onMain, 'tags: type=ref,event=branch,suffix=-x', [image('main-x')]),
  tags('the tag', onTags, 'tags: type=ref,event=tag', [image('v2.3.4', 'latest')]),
  tags('a pull request', onMain, 'tags: type=ref,event=pr', []),
  tags('raw', onMain, 'tags: |\n  # a comment\n  type=raw,value=stable\n  edge-{{branch}}', [
    image('stable', 'edge-main'),
  ]),
  tags(
    'a commit',
    onMain,
    'tags: |\n  type=sha\n  type=raw,value=x',
    [image('x')],
    ['type=sha: a commit is of its run alone'],
  ),
  tags('a commit alone', onMain, 'tags: type=sha,format=long', [], ['a commit is of its run alone']),
  tags(
    'a schedule',
    "{ schedule: [{ cron: '0 0 * * *' }] }",
    "tags: |\n  type=schedule\n  type=schedule,pattern={{date 'YYYYMMDD'}}",
    [image('nightly')],
    ['a date is of its run alone'],
  ),
  tags('latest by flavor', onMain, 'flavor: latest=true\ntags: type=raw,value=1', [image('1', 'latest')]),
  tags('no latest by flavor', onTags, 'flavor: latest=false\ntags: type=semver,pattern={{version}}', [image('2.3.4')]),
  tags('a suffix by flavor', onTags, 'flavor: suffix=-slim\ntags: type=semver,pattern={{version}}', [
    image('2.3.4-slim', 'latest'),
  ]),
  tags(
    'a suffix that latest takes too',
    onTags,
    'flavor: |\n  suffix=-slim,onlatest=true\ntags: type=semver,pattern={{version}}',
    [image('2.3.4-slim', 'latest-slim')],
  ),
  tags(
    'a prefix, and a line that has its own',
    onMain,
    'flavor: prefix=a-\ntags: |\n  type=raw,value=1\n  type=raw,value=2,prefix=',
    [image('a-1', '2')],
  ),
  tags(
    'the priority, whose first decides on latest',
    onTags,
    'tags: |\n  type=ref,event=tag\n  type=raw,value=x,priority=1000',
    [image('x', 'v2.3.4')],
  ),
  tags(
    'enable',
    onMain,
    "tags: |\n  type=raw,value=a,enable=false\n  type=raw,value=b,enable={{is_default_branch}}\n  type=raw,value=c,enable=${{ github.ref == 'refs/heads/main' }}",
    [image('b', 'c')],
  ),
  tags(
    'enable that only a run knows',
    onMain,
    'tags: |\n  type=raw,value=a\n  type=raw,value=b,enable=${{ vars.B }}',
    [image('a')],
    ['vars.B, which only a run knows'],
  ),
  tags(
    'an unknown type',
    onMain,
    'tags: |\n  type=raw,value=a\n  type=calver,pattern=x',
    [],
    ['type=calver,pattern=x: the type is not known'],
  ),
  tags('an unknown attribute', onMain, 'tags: type=raw,value=a,shape=round', [], ['the attribute shape is not known']),
  tags(
    'an unknown flavor',
    onMain,
    'flavor: colour=red\ntags: type=raw,value=a',
    [],
    ['flavor colour=red is not understood'],
  ),
  tags('an unknown expression', onMain, 'tags: type=raw,value=a-{{size}}', [], ['{{size}} is of its run alone']),
  tags('signs that no tag has', onMain, 'tags: type=raw,value=a/b c', [image('a-b-c')]),
  {
    what: 'metadata: several images',
    files: workflowOf(
      onMain,
      metadata('tags: type=raw,value=1').replace(
        'images: ghcr.io/acme/app',
        'images: |\n      Acme/App\n      name=ghcr.io/acme/app\n      name=quay.io/acme/app,enable=false',
      ),
    ),
    images: ['Dockerfile: docker.io/acme/app:1 ghcr.io/acme/app:1'],
  },
];

const push = (inputs: string) =>
  `- uses: docker/build-push-action@v6\n  with:\n${inputs.trim().replace(/^/gm, '    ')}`;

// One build for each platform, and a job that puts them together.
function digests(steps: string) {
  const leg = push(
    'outputs: type=image,name=ghcr.io/acme/app,push-by-digest=true,name-canonical=true,push=true\nplatforms: ${{ matrix.platform }}',
  );
  const job = 'strategy: { matrix: { platform: [linux/amd64, linux/arm64] } }\n';
  const files = workflowOf(onMain, leg, {}, job);
  const merge = `  merge:\n    needs: build\n    steps:\n${steps.replace(/^/gm, '      ')}\n`;
  return { ...files, [workflowPath]: files[workflowPath] + merge };
}

const pushed = push('push: true\ntags: ghcr.io/acme/app:1');

/** Likewise. */
export const workflowShapes: readonly Shape[] = [
  {
    what: 'the name of the repository',
    files: workflowOf(onMain, push('push: true\ntags: ghcr.io/${{ github.repository }}:${{ github.ref_name }}')),
    images: [image('main')],
  },
  {
    what: 'a name in capitals',
    files: workflowOf(onMain, push('push: true\ntags: ghcr.io/Acme/App:V1')),
    images: [image('V1')],
    notices: ['ghcr.io/Acme/App:V1 is taken as ghcr.io/acme/app:v1'.slice(0, 30)],
  },
  {
    what: 'a conditional name',
    files: workflowOf(
      onMain,
      push("push: true\ntags: ghcr.io/acme/app:${{ github.ref_type == 'tag' && github.ref_name || 'edge' }}"),
    ),
    images: [image('edge')],
  },
  {
    what: 'format and join',
    files: workflowOf(
      onMain,
      push(
        "push: true\ntags: ${{ format('{0}/{1}:{2}', 'ghcr.io', github.repository, join(fromJSON('[\"a\",\"b\"]'), '-')) }}",
      ),
    ),
    images: [image('a-b')],
  },
  {
    what: 'two builds of one job for a platform each',
    files: workflowOf(
      onMain,
      ['amd64', 'arm64']
        .map((arch) => push(`push: true\nplatforms: linux/${arch}\ntags: ghcr.io/acme/app:${arch}`))
        .join('\n'),
    ),
    images: [image('amd64'), image('arm64')],
  },
  {
    what: 'two alike builds of one job',
    files: workflowOf(onMain, ['a', 'b'].map((tag) => push(`push: true\ntags: ghcr.io/acme/app:${tag}`)).join('\n')),
    images: [image('a'), image('b')],
  },
  {
    what: 'rows of a matrix that build one Dockerfile each under its own tag',
    files: workflowOf(
      onMain,
      push('push: true\ntags: ghcr.io/acme/app:${{ matrix.tag }}'),
      {},
      'strategy: { matrix: { tag: [a, b] } }\n',
    ),
    images: [image('a'), image('b')],
  },
  {
    what: 'a build under two names, the one by docker tag',
    files: workflowOf(
      onMain,
      '- run: |\n    docker build -t ghcr.io/acme/app:1 .\n    docker tag ghcr.io/acme/app:1 ghcr.io/acme/app:2\n    docker push ghcr.io/acme/app:1\n    docker push ghcr.io/acme/app:2',
    ),
    images: [image('1', '2')],
  },
  {
    what: 'a key that a row of a matrix lacks',
    files: workflowOf(
      onMain,
      push('push: true\ntags: ghcr.io/acme/app:${{ matrix.tag }}${{ matrix.suffix }}'),
      {},
      'strategy: { matrix: { tag: [a, b], include: [{ tag: b, suffix: -slim }] } }\n',
    ),
    images: [image('a'), image('b-slim')],
  },
  {
    what: 'an expression within an entry of a matrix',
    files: workflowOf(
      onMain,
      push('push: true\ntags: ghcr.io/acme/app:${{ matrix.of.tag }}'),
      {},
      "strategy: { matrix: { include: [{ of: { tag: '${{ github.ref_name }}' } }] } }\n",
    ),
    images: [image('main')],
  },
  {
    what: 'a variable of the organisation',
    files: workflowOf(onMain, push('push: true\ntags: ${{ vars.IMAGE }}:1')),
    images: [],
    notices: [
      'ci.yml:9: docker/build-push-action in jobs.build publishes the image of Dockerfile under names that are not known: …:1 (vars.IMAGE, which only a run knows)',
    ],
  },
  {
    what: 'a secret',
    files: workflowOf(onMain, push('push: true\ntags: ${{ secrets.USER }}/app:1')),
    images: [],
    notices: ['secrets.USER, which only a run knows'],
  },
  { what: 'pull requests alone', files: workflowOf('pull_request', pushed), images: [] },
  {
    what: 'a job of pull requests',
    files: workflowOf('[push, pull_request]', pushed, {}, "if: github.event_name == 'pull_request'\n"),
    images: [],
  },
  { what: 'a job that never runs', files: workflowOf(onMain, pushed, {}, 'if: false\n'), images: [] },
  {
    what: 'a step that never runs',
    files: workflowOf(onMain, pushed.replace('  with:', '  if: ${{ false }}\n  with:')),
    images: [],
  },
  {
    what: 'a push on releases alone',
    files: workflowOf(
      '{ push: {}, pull_request: {} }',
      push("push: ${{ startsWith(github.ref, 'refs/tags/') }}\ntags: ghcr.io/acme/app:${{ github.ref_name }}"),
    ),
    images: [image('v2.3.4')],
  },
  {
    what: 'a release',
    files: workflowOf(
      '{ release: { types: [published] } }',
      push('push: true\ntags: ghcr.io/acme/app:${{ github.event.release.tag_name }}'),
    ),
    images: [image('v2.3.4')],
  },
  {
    what: 'a matrix',
    files: workflowOf(
      onMain,
      push('push: true\nfile: ${{ matrix.file }}\ntags: ghcr.io/acme/app:${{ matrix.tag }}'),
      { 'a.file': dockerfile },
      'strategy: { matrix: { include: [{ file: a.file, tag: a }, { file: Dockerfile, tag: b }] } }\n',
    ),
    images: ['Dockerfile: ghcr.io/acme/app:b', 'a.file: ghcr.io/acme/app:a'],
  },
  {
    what: 'a matrix that a job makes',
    files: workflowOf(
      onMain,
      push('push: true\nfile: ${{ matrix.file }}\ntags: ghcr.io/acme/app:1'),
      {},
      'strategy: { matrix: "${{ fromJSON(needs.a.outputs.m) }}" }\n',
    ),
    images: [],
    notices: ['matrix.file, which only a run knows'],
  },
  {
    what: 'another repository',
    files: workflowOf(
      onMain,
      `- uses: actions/checkout@v4\n  with: { repository: acme/other }\n${push('context: .\npush: true\ntags: ghcr.io/acme/app:1')}`,
    ),
    images: [],
  },
  {
    what: 'a checkout in a folder',
    files: workflowOf(
      onMain,
      `- uses: actions/checkout@v4\n  with: { path: src }\n${push('context: src/web\npush: true\ntags: ghcr.io/acme/app:1')}`,
      { 'web/Dockerfile': dockerfile },
    ),
    images: ['web/Dockerfile: ghcr.io/acme/app:1'],
  },
  {
    what: 'what a script sets',
    files: workflowOf(
      onMain,
      `- run: echo "NAME=\${GITHUB_REPOSITORY,,}" >> $GITHUB_ENV\n- id: v\n  run: echo "tag=x" >> "$GITHUB_OUTPUT"\n${push('push: true\ntags: ghcr.io/${{ env.NAME }}:${{ steps.v.outputs.tag }}')}`,
    ),
    images: [image('x')],
  },
  {
    what: 'what a script sets over what the file says',
    files: workflowOf(
      onMain,
      `- run: echo "TAG=$(date +%s)" >> $GITHUB_ENV\n${push('push: true\ntags: ghcr.io/acme/app:${{ env.TAG }}')}`,
      {},
      'env: { TAG: x }\n',
    ),
    images: [],
    notices: ['$(date +%s), which only a run knows'],
  },
  {
    what: 'by digest, put together by another job',
    files: digests(`- id: meta
  uses: docker/metadata-action@v5
  with: { images: ghcr.io/acme/app, tags: "type=ref,event=branch" }
- working-directory: /tmp/digests
  run: |
    docker buildx imagetools create $(jq -cr '.tags | map("-t " + .) | join(" ")' <<< "$DOCKER_METADATA_OUTPUT_JSON") \\
      $(printf 'ghcr.io/acme/app@sha256:%s ' *)`),
    images: [image('main')],
  },
  {
    what: 'by digest, put together under plain tags',
    files: digests('- run: docker buildx imagetools create -t ghcr.io/acme/app:1 -t ghcr.io/acme/app:latest $DIGESTS'),
    images: [image('1', 'latest')],
  },
  {
    what: 'by digest, put together by nothing that is understood',
    files: digests('- run: make index'),
    images: [],
    notices: ['pushes to ghcr.io/acme/app by digest, and no step that is understood names what is put together of it'],
  },
  {
    what: 'docker build and docker push',
    files: workflowOf(
      onMain,
      '- run: |\n    IMAGE=ghcr.io/acme/app\n    docker build -t $IMAGE:latest -f Dockerfile . \\\n      --build-arg V=1\n    docker tag "$IMAGE:latest" "${IMAGE}:1"\n    docker push $IMAGE:latest && docker push ${IMAGE}:1',
    ),
    images: [image('latest', '1')],
  },
  {
    what: 'what is tagged and not pushed',
    files: workflowOf(
      onMain,
      '- run: docker build -t ghcr.io/acme/app:a -t ghcr.io/acme/app:b . && docker push ghcr.io/acme/app:a',
    ),
    images: [image('a')],
  },
  {
    what: 'buildx build',
    files: workflowOf(
      onMain,
      '- run: docker buildx build --push --platform linux/amd64,linux/arm64 --tag ghcr.io/acme/app:1 web',
      { 'web/Dockerfile': dockerfile },
    ),
    images: ['web/Dockerfile: ghcr.io/acme/app:1'],
  },
  {
    what: 'docker build in a folder',
    files: workflowOf(
      onMain,
      '- working-directory: web\n  run: |\n    docker build -t ghcr.io/acme/app:1 .\n    docker push ghcr.io/acme/app:1',
      { 'web/Dockerfile': dockerfile },
    ),
    images: ['web/Dockerfile: ghcr.io/acme/app:1'],
  },
  {
    what: 'a script that changes its folder',
    files: workflowOf(
      onMain,
      '- run: cd web && docker build -t ghcr.io/acme/app:1 . && docker push ghcr.io/acme/app:1',
      { 'web/Dockerfile': dockerfile },
    ),
    images: ['web/Dockerfile: ghcr.io/acme/app:1'],
  },
  {
    what: 'a script with a tag of its run',
    files: workflowOf(
      onMain,
      '- run: |\n    TAG=$(git describe)\n    docker build -t ghcr.io/acme/app:$TAG .\n    docker push ghcr.io/acme/app:$TAG',
    ),
    images: [],
    notices: ['ghcr.io/acme/app:… ($(git describe), which only a run knows)'],
  },
  {
    what: 'a tag that is set under a condition',
    files: workflowOf(
      onMain,
      '- run: |\n    TAG=a\n    if [ -n "$X" ]; then TAG=b; fi\n    docker build --push -t ghcr.io/acme/app:$TAG .',
    ),
    images: [],
    notices: ['$TAG is set under a condition'],
  },
  {
    what: 'an option that is not known',
    files: workflowOf(onMain, '- run: docker build --push --odd -t ghcr.io/acme/app:1 .'),
    images: [],
    notices: ['the option --odd is not known'],
  },
  {
    what: 'a push of what is built elsewhere',
    files: workflowOf(onMain, '- run: make image && docker push ghcr.io/acme/app:1'),
    images: [],
    notices: ['ghcr.io/acme/app:1; what it is built from is not known'],
  },
  {
    what: 'podman',
    files: workflowOf(onMain, '- run: podman build -t app . && podman push app docker://ghcr.io/acme/app:1'),
    images: [image('1')],
  },
  {
    what: 'buildah',
    files: workflowOf(
      onMain,
      '- run: buildah bud --format docker -f Dockerfile -t ghcr.io/acme/app:1 .\n- run: buildah push ghcr.io/acme/app:1',
    ),
    images: [image('1')],
  },
  {
    what: 'buildah-build',
    files: workflowOf(
      onMain,
      '- id: b\n  uses: redhat-actions/buildah-build@v2\n  with: { image: app, tags: 1 latest, containerfiles: ./Dockerfile }\n- uses: redhat-actions/push-to-registry@v2\n  with: { image: "${{ steps.b.outputs.image }}", tags: "${{ steps.b.outputs.tags }}", registry: ghcr.io/acme }',
    ),
    images: [image('1', 'latest')],
  },
  {
    what: 'depot',
    files: workflowOf(onMain, push('push: true\ntags: ghcr.io/acme/app:1').replace('docker/', 'depot/')),
    images: [image('1')],
  },
  {
    what: 'depot build',
    files: workflowOf(onMain, '- run: depot build --project x -t ghcr.io/acme/app:1 --push .'),
    images: [image('1')],
  },
  {
    what: 'az acr build',
    files: workflowOf(onMain, '- run: az acr build --registry acme -t app:1 -f Dockerfile .'),
    images: ['Dockerfile: acme.azurecr.io/app:1'],
  },
  {
    what: 'kaniko',
    files: workflowOf(
      onMain,
      '- run: /kaniko/executor --context . --dockerfile Dockerfile --destination ghcr.io/acme/app:1',
    ),
    images: [image('1')],
  },
  {
    what: 'ko',
    files: workflowOf(onMain, '- run: ko build ./cmd/app', {}, 'env: { KO_DOCKER_REPO: ghcr.io/acme/app }\n'),
    images: [],
    notices: ['ghcr.io/acme/app:latest; ko builds it without a Dockerfile'.replace(':latest', '')],
  },
  {
    what: 'Jib',
    files: workflowOf(onMain, '- run: ./mvnw compile jib:build -Dimage=ghcr.io/acme/app:1'),
    images: [],
    notices: ['ghcr.io/acme/app:1; Jib builds it without a Dockerfile'],
  },
  {
    what: '.NET',
    files: workflowOf(onMain, '- run: dotnet publish -t:PublishContainer -p:ContainerRepository=acme/app'),
    images: [],
    notices: ['acme/app; dotnet builds it without a Dockerfile'],
  },
  {
    what: 'pack',
    files: workflowOf(onMain, '- run: pack build ghcr.io/acme/app:1 --publish'),
    images: [],
    notices: ['pack builds it without a Dockerfile'],
  },
  {
    what: 'bake-action with tags laid over',
    files: workflowOf(
      onMain,
      '- uses: docker/bake-action@v6\n  with: { push: true, set: "*.tags=ghcr.io/acme/app:1" }',
    ),
    images: [],
    notices: ['its tags are laid over those of the bake file'],
  },
  {
    what: 'bake-action that changes what its file says',
    files: workflowOf(
      onMain,
      '- uses: docker/bake-action@v6\n  with: { files: docker-bake.hcl, set: "*.args.V=2", sbom: true }',
    ),
    images: [],
    notices: ['its set, sbom change what the bake file says is built, and a refresh goes by the file alone'],
  },
  {
    what: 'an action that is not understood',
    files: workflowOf(onMain, '- uses: acme/docker-publish@v1\n  with: { name: app }'),
    images: [],
    notices: ['what acme/docker-publish does is not understood'],
  },
  {
    what: 'a target of make behind a login',
    files: workflowOf(onMain, '- uses: docker/login-action@v3\n- run: make docker-push'),
    images: [],
    notices: ['it logs in to a registry, and what a script publishes is not understood'],
  },
  {
    what: 'a composite action',
    files: workflowOf(onMain, '- uses: ./.github/actions/image\n  with: { tag: "1" }', {
      '.github/actions/image/action.yml': `inputs: { tag: { default: x }, image: { default: ghcr.io/acme/app } }\nruns:\n  using: composite\n  steps:\n  - uses: docker/build-push-action@v6\n    with: { context: ., push: true, tags: "\${{ inputs.image }}:\${{ inputs.tag }}" }\n`,
    }),
    images: [image('1')],
  },
  {
    what: 'a reusable workflow of the repository',
    files: {
      [workflowPath]: `on: ${onMain}\njobs:\n  call:\n    uses: ./.github/workflows/image.yml\n    with: { tag: "1" }\n`,
      '.github/workflows/image.yml': `on: { workflow_call: { inputs: { tag: { type: string }, image: { type: string, default: ghcr.io/acme/app } } } }\njobs:\n  build:\n    steps:\n    - uses: docker/build-push-action@v6\n      with: { push: true, tags: "\${{ inputs.image }}:\${{ inputs.tag }}" }\n`,
      Dockerfile: dockerfile,
    },
    images: [image('1')],
  },
  {
    what: 'a reusable workflow of another repository',
    files: {
      [workflowPath]: `on: ${onMain}\njobs:\n  call:\n    uses: acme/ci/.github/workflows/docker.yml@v1\n    with: { image: x }\n`,
      Dockerfile: dockerfile,
    },
    images: [],
    notices: ['it calls acme/ci/.github/workflows/docker.yml@v1, which is not in this checkout'],
  },
  {
    what: "docker's own reusable workflow",
    files: {
      [workflowPath]: `on: ${onMain}\njobs:\n  call:\n    uses: docker/github-builder/.github/workflows/build.yml@v1\n    with: { output: image, push: true, meta-images: ghcr.io/acme/app, meta-tags: "type=ref,event=branch" }\n`,
      Dockerfile: dockerfile,
    },
    images: [image('main')],
  },
  {
    what: 'a bracket at the indentation of its key',
    files: workflowOf('\n  push:\n    branches: [\n      main\n    ]', pushed),
    images: [image('1')],
  },
  {
    what: 'a list, a mapping and quotes without indentation',
    files: workflowOf('\n  push: {\n  branches: [\n  main,\nother,\n  "one\n  more"\n  ]\n  }', pushed),
    images: [image('1')],
  },
  {
    what: 'a broken file',
    files: { [workflowPath]: 'on: push\njobs: [\n', Dockerfile: dockerfile },
    images: [],
    notices: ['.github/workflows/ci.yml:3: is no YAML that can be read'],
  },
];
