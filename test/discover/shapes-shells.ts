import { type Shape, workflowOf } from './shapes.ts';

const onMain = '{ push: { branches: [main] } }';
const pushed = 'docker build --push -t ghcr.io/acme/app';
const notSaid = 'under names that are not known';

function script(what: string, text: string, tag?: string, notice?: string, more = ''): Shape {
  const step = `- run: |\n${text.replace(/^/gm, '    ')}\n${more}`;
  return {
    what,
    files: workflowOf(onMain, step, {}, 'env: { TAG: outer, NOTHING: "" }\n'),
    images: tag === undefined ? [] : [`Dockerfile: ghcr.io/acme/app:${tag}`],
    notices: notice === undefined ? [] : [notice],
  };
}

function job(what: string, on: string, setting: string): Shape {
  const files = workflowOf(
    onMain,
    `- run: |\n    $TAG = "x"\n    ${pushed}:$TAG .`,
    {},
    `env: { TAG: outer }\n${setting}`,
  );
  const text = files['.github/workflows/ci.yml'] ?? '';
  return {
    what,
    files: { ...files, '.github/workflows/ci.yml': text.replace('ubuntu-latest', on) },
    images: [],
    notices: ['a script of pwsh is not understood'],
  };
}

const chain = `on: { push: { branches: [main] } }
jobs:
  a: { if: "github.event_name == 'schedule'", runs-on: ubuntu-latest, steps: [{ run: make }] }
  b: { needs: a, if: always(), runs-on: ubuntu-latest, steps: [{ run: make }] }
  c: { needs: b, runs-on: ubuntu-latest, steps: [{ run: "${pushed}:1 ." }] }
`;
const dockerfile = { Dockerfile: 'FROM debian:12\n' };

/** Scripts of other shells, and what shells do with lines, here-documents, arguments and lists. */
export const shellShapes: readonly Shape[] = [
  script(
    'PowerShell, whose conditions are its own',
    `if ($env:X -eq "1") {\n${pushed}:1 .\n}`,
    undefined,
    'a script of pwsh is not understood',
    '  shell: pwsh',
  ),
  script(
    'PowerShell that may set a variable of later steps',
    '"TAG=$x" >> $env:GITHUB_ENV',
    undefined,
    'TAG, which a script may set',
    `  shell: pwsh\n- run: ${pushed}:$TAG .`,
  ),
  script('Python', `"""\n${pushed}:1 .\n"""`, undefined, 'a script of python is not understood', '  shell: python'),
  script('bash by its whole name', `${pushed}:1 .`, '1', undefined, '  shell: /usr/bin/bash -e {0}'),
  job('what Windows runs by itself', 'windows-latest', ''),
  job('a shell of the job', 'ubuntu-latest', 'defaults: { run: { shell: pwsh } }\n'),
  script('a word that goes on in the next line', `${pushed}:1\\\n.5 .`, '1.5'),
  script('a text that goes on in the next line', `docker build --push -t "ghcr.io/acme/app:1\\\n.5" .`, '1.5'),
  script('a here-document whose end is indented in it', `cat > x <<'EOF'\n  EOF\n${pushed}:1 .\nEOF`),
  script('a here-document that ends in a tab and its word', `cat > x <<-EOF\n${pushed}:1 .\n\tEOF\n${pushed}:2 .`, '2'),
  script('a here-document whose word is escaped', `cat > x <<\\EOF\n${pushed}:1 .\nEOF`),
  script('a here-document whose word has a space', `cat > x <<'END OF'\n${pushed}:1 .\nEND OF`),
  script('a text that a command is given', `read -r A <<< "b"\n${pushed}:1 .`, '1'),
  script('arguments that are shifted', `p() { local n=$1; shift; ${pushed}:$1 .; }\np app 7`, '7'),
  script('arguments that are set', `p() { set -- 2; ${pushed}:$1 .; }\np 1`, undefined, 'an argument that set gives'),
  script('options that are set', `p() { set -o errexit -x; ${pushed}:$1 .; }\np 1`, '1'),
  script('a default that is set', `: \${NOTHING:=3}\n${pushed}:a$NOTHING .`, undefined, notSaid),
  script('an element of a list', `TAG[0]=9\n${pushed}:$TAG .`, undefined, '$TAG is a list'),
  script('a function that is a subshell and not called', `f() (\n${pushed}:1 .\n)\nfalse && f`),
  script(
    'a push whose output is taken',
    'docker build -t ghcr.io/acme/app:1 .\nOUT=$(docker push ghcr.io/acme/app:1)',
    undefined,
    '$(docker push ghcr.io/acme/app:1) is not understood',
  ),
  script('a condition of cmd', `if defined X (\n  ${pushed}:1 .\n)`, undefined, 'the script is not understood'),
  script(
    'conditions in one another',
    `f() { if true; then if true; then ${pushed}:1 .; fi; else if x; then y; fi; fi; }\nf`,
    '1',
  ),
  {
    what: 'a job behind one that runs all the same behind one that is skipped',
    files: { '.github/workflows/ci.yml': chain, ...dockerfile },
    images: [],
  },
  {
    what: 'a job behind one that runs all the same behind one that may be skipped',
    files: { '.github/workflows/ci.yml': chain.replace("github.event_name == 'schedule'", 'vars.X'), ...dockerfile },
    images: [],
    notices: ['only if vars.X'],
  },
];
