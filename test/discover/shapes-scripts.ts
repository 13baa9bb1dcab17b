import { type Shape, workflowOf } from './shapes.ts';

const onMain = '{ push: { branches: [main] } }';
const build = 'docker build -t ghcr.io/acme/app:1 .\n';

function image(...tags: readonly string[]): string {
  return `Dockerfile: ${tags.map((tag) => `ghcr.io/acme/app:${tag}`).join(' ')}`;
}

function script(what: string, text: string, images: readonly string[], ...notices: readonly string[]): Shape {
  const step = `- run: |\n${text.trim().replace(/^/gm, '    ')}`;
  return {
    what: `script: ${what}`,
    files: workflowOf(onMain, step, { 'web/Dockerfile': 'FROM debian:12\n' }),
    images,
    notices,
  };
}

/** What a script publishes where it sets, tests, repeats and calls. */
export const scriptShapes: readonly Shape[] = [
  script(
    'a push under a test that only a run decides',
    `${build}[ "$X" = yes ] && docker push ghcr.io/acme/app:1`,
    [],
    'ghcr.io/acme/app:1 (only if [ "$X" = yes ], which only a run knows)',
  ),
  script(
    'a push that the event decides against',
    `${build}[ "$GITHUB_EVENT_NAME" = pull_request ] && docker push ghcr.io/acme/app:1`,
    [],
  ),
  script(
    'a push that the event decides for',
    `${build}if [[ "$GITHUB_EVENT_NAME" != "pull_request" ]]; then docker push ghcr.io/acme/app:1; fi`,
    [image('1')],
  ),
  script(
    'a tag by the branch',
    'if [[ "$GITHUB_REF" == refs/tags/* ]]; then\n  TAG=${GITHUB_REF#refs/tags/}\nelif [ "$GITHUB_REF_NAME" = main ]; then\n  TAG=edge\nelse\n  TAG=other\nfi\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [image('edge')],
  ),
  script(
    'a condition of two, within one test',
    `${build}if [[ "$X" == a && "$Y" == b ]]; then docker push ghcr.io/acme/app:1; fi`,
    [],
    'only if [[ "$X" == a && "$Y" == b ]]',
  ),
  script(
    'the other branch of a test',
    `${build}if [ -n "$X" ]; then make; else docker push ghcr.io/acme/app:1; fi`,
    [],
    'only if not [ -n "$X" ]',
  ),
  script(
    'the opposite of a test',
    `${build}if ! [ "$GITHUB_EVENT_NAME" = push ]; then docker push ghcr.io/acme/app:1; fi`,
    [],
  ),
  script(
    'a program that is asked',
    `${build}if grep -q x file; then docker push ghcr.io/acme/app:1; fi`,
    [],
    'only if grep -q x file',
  ),
  script(
    'what an image that is asked for decides',
    `docker manifest inspect ghcr.io/acme/app:1 || docker build --push -t ghcr.io/acme/app:1 .`,
    [],
    'only if not docker manifest inspect ghcr.io/acme/app:1',
  ),
  script(
    'another attempt',
    'docker build -t ghcr.io/acme/app:1 . && docker push ghcr.io/acme/app:1 || docker push ghcr.io/acme/app:1',
    [image('1')],
    'ghcr.io/acme/app:1 (only if not docker push',
  ),
  script(
    'a subshell, whose variables and folder end with it',
    '(cd web; TAG=b; make)\nTAG=${TAG:-a}\n(TAG=c; cd web)\ndocker build --push -t ghcr.io/acme/app:1 .',
    [image('1')],
  ),
  script('a variable of a subshell', 'TAG=a\n( TAG=b )\ndocker build --push -t ghcr.io/acme/app:$TAG .', [image('a')]),
  ...[
    ['the right side of a pipe', 'echo b | { read X; TAG=b; }'],
    ['its left side', '{ TAG=b; echo x; } | cat'],
    ['one in its middle', 'echo x | { TAG=b; cat; } | cat'],
    ['a condition in a pipe', 'echo x | if true; then TAG=b; fi'],
    ['a loop in a pipe', 'for X in a b; do TAG=$X; done | cat'],
    ['a function in a pipe', 'f() { TAG=b; }\nf | cat'],
    ['a function behind a pipe', 'function f { TAG=b; }\necho x | f'],
    ['one command in front of a pipe', 'TAG=b | cat'],
    ['a group in the background', '{ TAG=b; } & wait'],
    ['a command in the background', 'TAG=b & wait'],
  ].map(([what = '', text = '']) =>
    script(
      `a variable of ${what}`,
      `TAG=a\n${text}\ndocker build --push -t ghcr.io/acme/app:$TAG .`,
      [],
      'ghcr.io/acme/app:… ($TAG is set in a pipe)',
    ),
  ),
  script('a group that is no side of a pipe', '{ TAG=a; }\ndocker build --push -t ghcr.io/acme/app:$TAG .', [
    image('a'),
  ]),
  script('a group between two tests', 'true && { TAG=a; } && docker build --push -t ghcr.io/acme/app:$TAG .', [
    image('a'),
  ]),
  script(
    'what was set before a pipe and not in it',
    `TAG=a\necho x | { X=b; }\ndocker build --push -t ghcr.io/acme/app:$TAG .`,
    [image('a')],
  ),
  script('an end of one side of a pipe', `echo x | { exit 0; }\ndocker build --push -t ghcr.io/acme/app:1 .`, [
    image('1'),
  ]),
  script(
    'a folder of one side of a pipe',
    `{ cd web; } | cat\ndocker build --push -t ghcr.io/acme/app:1 -f web/Dockerfile web`,
    ['web/Dockerfile: ghcr.io/acme/app:1'],
  ),
  script(
    'a function of a subshell',
    `( f() { ${build.trim()}; } )\nf\ndocker push ghcr.io/acme/app:1`,
    [],
    'what it is built from is not known',
  ),
  script('a build in a subshell', '( cd web && docker build --push -t ghcr.io/acme/app:1 . )', [
    'web/Dockerfile: ghcr.io/acme/app:1',
  ]),
  script(
    'printf -v',
    'TAG=a\nprintf -v TAG b\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [],
    '$TAG is set by a command',
  ),
  script(
    'read',
    'TAG=a\nread -r TAG < version\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [],
    '$TAG is set by a command',
  ),
  script(
    'eval',
    'TAG=a\neval "$(make env)"\ndocker build --push -t ghcr.io/acme/app:$TAG web',
    [],
    'the folder behind another script',
  ),
  script(
    'eval of a push',
    `${build}eval "docker push ghcr.io/acme/app:1"`,
    [],
    'eval "docker push ghcr.io/acme/app:1" is not understood',
  ),
  script(
    'export -n',
    'TAG=a\nexport -n TAG=b\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [],
    '$TAG is set in a way that is not understood',
  ),
  script(
    'declare -l',
    'declare -l TAG=A\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [],
    '$TAG is set in a way that is not understood',
  ),
  script('unset', 'TAG=a\nunset TAG\ndocker build --push -t ghcr.io/acme/app:$TAG .', [], '$TAG is set by a command'),
  script(
    'arithmetic',
    'N=1\n((N++))\ndocker build --push -t ghcr.io/acme/app:$N .',
    [],
    '$N is set in a way that is not understood',
  ),
  script('a list', 'TAGS=(a b)\ndocker build --push -t ghcr.io/acme/app:${TAGS[0]} .', [], 'is not understood'),
  script(
    'a variable that a pipe sets',
    'TAG=a\necho b | read TAG\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [],
    '$TAG is set by a command',
  ),
  script(
    'a function',
    'release() {\n  local tag="$1"\n  docker build -t ghcr.io/acme/app:$tag .\n  docker push ghcr.io/acme/app:$tag\n}\nrelease a\nrelease b',
    [image('a'), image('b')],
  ),
  script('a function that nothing calls', 'release() {\n  docker build --push -t ghcr.io/acme/app:1 .\n}', []),
  script(
    'a function that sets a variable',
    'TAG=a\nfunction later { TAG=b; }\nlater\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [image('b')],
  ),
  script(
    'a variable of a function alone',
    'TAG=a\nf() { local TAG=b; }\nf\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [image('a')],
  ),
  script(
    'a function under a condition',
    `${build}f() { docker push ghcr.io/acme/app:1; }\n[ -n "$X" ] && f`,
    [],
    'only if [ -n "$X" ]',
  ),
  script(
    'a loop over words',
    `docker build -t app .\nfor tag in 1 latest; do\n  docker tag app ghcr.io/acme/app:$tag\n  docker push ghcr.io/acme/app:$tag\ndone`,
    [image('1', 'latest')],
  ),
  script(
    'a loop over words of a variable',
    `TAGS="1 2"\ndocker build -t app .\nfor tag in $TAGS; do docker tag app ghcr.io/acme/app:$tag; docker push ghcr.io/acme/app:$tag; done`,
    [image('1', '2')],
  ),
  script(
    'a loop over what is not known',
    `${build}for tag in $(cat tags); do docker push ghcr.io/acme/app:1; done`,
    [],
    'only if the loop comes to it',
  ),
  script(
    'a loop that ends before',
    `${build}for tag in 1 2; do [ -n "$X" ] && break; docker push ghcr.io/acme/app:$tag; done`,
    [],
    '$tag is set by a loop',
  ),
  script('a loop that waits', `${build}until docker push ghcr.io/acme/app:1; do sleep 1; done`, [image('1')]),
  script(
    'a case',
    `${build}case "$GITHUB_REF" in\n  refs/tags/*) TAG=a ;;\n  *) docker push ghcr.io/acme/app:1 ;;\nesac`,
    [],
    'only if case "$GITHUB_REF" in',
  ),
  script(
    'a variable that a case sets',
    'TAG=a\ncase "$X" in\n  b) TAG=b ;;\nesac\ndocker build --push -t ghcr.io/acme/app:$TAG .',
    [],
    '$TAG is set under a condition',
  ),
  script(
    'an end before the push',
    `${build}if [ -z "$X" ]; then exit 0; fi\ndocker push ghcr.io/acme/app:1`,
    [],
    'only if the script has not ended before',
  ),
  script(
    'an end that the event decides',
    `${build}if [ "$GITHUB_EVENT_NAME" = push ]; then exit 0; fi\ndocker push ghcr.io/acme/app:1`,
    [],
  ),
  script('an end with a failure', `${build}test -n "$X" || exit 1\ndocker push ghcr.io/acme/app:1`, [image('1')]),
  script(
    'what is cut out of what is not known',
    'docker build --push -t ghcr.io/acme/app:${X//[^a-z]/-} .',
    [],
    'is not understood',
  ),
  script('quotes of bash alone', "TAG=$'a'\ndocker build --push -t ghcr.io/acme/app:$TAG .", [], 'is not understood'),
  script('a push by another program', `${build}xargs -n1 docker push < names`, [], 'what xargs runs is not understood'),
  script('a push within quotes', `${build}timeout 60 docker push ghcr.io/acme/app:1`, [image('1')]),
  script(
    'a push by another shell',
    `bash -c "docker build -t a . && docker push ghcr.io/acme/app:1"`,
    [],
    'what bash runs is not understood',
  ),
  script('words about a push', `${build}echo "now docker push ghcr.io/acme/app:1"`, []),
  script('skopeo', `${build}skopeo copy docker-daemon:ghcr.io/acme/app:1 docker://ghcr.io/acme/app:2`, [image('2')]),
  script('crane tag', `${build}docker push ghcr.io/acme/app:1\ncrane tag ghcr.io/acme/app:1 latest`, [
    image('1', 'latest'),
  ]),
  script(
    'every tag',
    'docker build -t ghcr.io/acme/app:1 -t ghcr.io/acme/app:2 -t ghcr.io/acme/other:1 .\ndocker push --all-tags ghcr.io/acme/app',
    [image('1', '2')],
  ),
];

/** Several images of one Dockerfile. */
export const severalShapes: readonly Shape[] = [
  {
    what: 'one whose name is known says nothing of the other',
    files: workflowOf(
      onMain,
      '- run: docker build --push -t ghcr.io/acme/app:1 .\n- run: docker build --push -t ghcr.io/acme/app:$X .',
    ),
    images: [image('1')],
    notices: ['ghcr.io/acme/app:… ($X, which only a run knows)'],
  },
];
