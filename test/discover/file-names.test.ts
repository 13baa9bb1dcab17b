import { expect, it } from 'vitest';
import { describeFailure } from '../../core/failure.ts';
import { detected, shop } from './support.ts';

const file = 'FROM debian:12\n';

async function found(files: Readonly<Record<string, string>>) {
  const { document, notices, failures, leftOut } = await detected(shop(files));
  return {
    read: document.dockerfiles.filter(({ failure }) => failure === null).map(({ path }) => path),
    refused: document.dockerfiles.flatMap(({ path, failure }) => (failure === null ? [] : [`${path} ${failure.code}`])),
    notices: notices.map(describeFailure),
    failures: failures.map(describeFailure),
    leftOut,
  };
}

const nothingElse = { refused: [], notices: [], failures: [], leftOut: [] };

it('finds variants of a Dockerfile by the names that people give them', async () => {
  const names = [
    'Containerfile.x',
    'Containerfile-x',
    'Dockerfile-web',
    'DockerfileWeb',
    'Dockerfile_prod',
    'a.dockerfile',
  ];
  expect(await found(Object.fromEntries(names.map((name) => [name, file])))).toEqual({
    ...nothingElse,
    read: names.toSorted(),
  });
  expect(await found({ Dockerfile: file, dockerfiles: 'x', Dockerfilesystem: 'x', 'my-Dockerfile-x': 'x' })).toEqual({
    ...nothingElse,
    read: ['Dockerfile'],
  });
});

it('leaves out what is written in another language, a template or a part', async () => {
  const others = {
    'Dockerfile.txt': 'x\n',
    'a/Dockerfile.linux': '{{ _ "a part" }}\n',
    'b/Dockerfile.base': 'RUN true\n',
    'c/Dockerfile': 'FROM {{ .Image }}\n',
    'dockerfile.go': 'package a\n',
    'dockerfile.json': '{}\n',
    'dockerfile.test.ts': 'export {};\n',
    'dockerfile.yml': 'a: 1\n',
  };
  const { leftOut, ...rest } = await found({ Dockerfile: file, 'Dockerfile.php': file, ...others });
  expect(leftOut.toSorted()).toEqual(Object.keys(others).toSorted());
  expect(rest).toEqual({ read: ['Dockerfile', 'Dockerfile.php'], refused: [], notices: [], failures: [] });
});

it('refuses what is meant as a Dockerfile and is broken, beside the others', async () => {
  const files = { 'a/Dockerfile': 'RUN true\n', 'b/Dockerfile.web': 'FROM debian\nRUNN x\n', Dockerfile: file };
  expect(await found(files)).toEqual({
    ...nothingElse,
    read: ['Dockerfile'],
    refused: ['a/Dockerfile no-build-stage', 'b/Dockerfile.web unknown-instruction'],
  });
});

it.each([
  ['ARG IMAGE', '$IMAGE', 'IMAGE'],
  ['ARG NAME', 'registry.example/${NAME}', 'NAME'],
  ['ARG IMAGE', '${IMAGE}:1', 'IMAGE'],
  ['ARG IMAGE', '${IMAGE:?given-by-ci}', 'IMAGE'],
  ['ARG SUFFIX', 'debian:12${SUFFIX?}', 'SUFFIX'],
  ['ARG IMAGE=""', '$IMAGE', 'IMAGE'],
  ['ARG V BASE=debian:$V', '$BASE', 'V'],
  ['ARG V BASE=debian:${V:?}', 'debian:12${BASE}', 'V'],
  ['ARG P', '--platform=$P debian', 'P'],
])('%s, FROM %s leaves the other bases of the file known', async (declared, base, argument) => {
  const text = `${declared}\nFROM golang:1.22 AS b\nFROM ${base}\nCOPY --from=busybox:1.36 /y /y\n`;
  const { document, notices, failures } = await detected(shop({ Dockerfile: text }));
  expect(document.dockerfiles).toMatchObject([
    { failure: null, bases: [{ raw: 'golang:1.22' }, { raw: 'busybox:1.36' }] },
  ]);
  expect(failures).toEqual([]);
  expect(notices.map(describeFailure)).toEqual([
    `Dockerfile:3: ${base} is given by the build argument ${argument}; give it with --build-arg ${argument}=VALUE.`,
  ]);
});

it.each([
  ['FROM ""\n', 'blank-base-name'],
  // An argument that no ARG declares reaches no FROM.
  ['FROM golang:1.22 AS b\nFROM $IMAGE\n', 'blank-base-name'],
  ['ARG V\nFROM ${IMAGE:?}\n', 'substitution'],
  ['ARG TARGETVARIANT\nFROM debian-$TARGETVARIANT\n', 'invalid-reference'],
])('%j, where no argument gives the base, is refused as BuildKit refuses it', async (text, code) => {
  expect((await found({ Dockerfile: text })).refused).toEqual([`Dockerfile ${code}`]);
});
