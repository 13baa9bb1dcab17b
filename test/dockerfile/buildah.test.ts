import { describe, expect, test } from 'vitest';
import { readDockerfile } from '../../core/dockerfile/read.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };

function read(text: string, dialect?: 'buildah', args: Readonly<Record<string, string>> = {}) {
  const platforms = { build: amd64, target: amd64 };
  const options = { args, contexts: {}, platforms, ...(dialect === undefined ? {} : { dialect }) };
  const reading = readDockerfile(text, options);
  if (reading.kind === 'refused') return `${reading.code} ${reading.line}: ${reading.detail}`;
  const bases = reading.bases.map(({ reference, via, line, raw }) => {
    const { registry, repository, tag } = reference;
    return `${line} ${via} ${raw} = ${registry}/${repository}:${tag}`;
  });
  return [...bases, ...(reading.unknown ?? []).map(({ via, context, line }) => `${line} ${via} unknown ${context}`)];
}

const alpine = '1 from alpine:3.19 = docker.io/library/alpine:3.19';
const busybox = 'docker.io/library/busybox:1.36';
const below = (text: string) => `FROM alpine:3.19\n${text}\n`;

describe('Buildah', () => {
  test.each([
    ['an ARG of the stage', 'ARG t=busybox:1.36\nCOPY --from=${t} /x /x', [alpine, `3 copy-from \${t} = ${busybox}`]],
    ['part of a name', 'ARG v=1.36\nCOPY --from=busybox:$v /x /x', [alpine, `3 copy-from busybox:$v = ${busybox}`]],
    ['a mount', 'ARG t=busybox:1.36\nRUN --mount=from=$t,target=/m,Z true', [alpine, `3 mount-from $t = ${busybox}`]],
    ['a default', 'COPY --from=${t:-busybox:1.36} /x /x', [alpine, `2 copy-from \${t:-busybox:1.36} = ${busybox}`]],
    [
      'a transport',
      'COPY --from=docker://quay.io/acme/t:2 /x /x',
      [alpine, '2 copy-from docker://quay.io/acme/t:2 = quay.io/acme/t:2'],
    ],
    ['a place', 'COPY --from=oci:./layout:t /x /x', [alpine, '2 copy-from unknown oci:./layout:t']],
  ])('expands or follows %s where files come from', (_, text, expected) => {
    expect(read(below(text), 'buildah')).toEqual(expected);
  });

  // As version 1.28 builds them, or ends with "no stage or image found with that name".
  test.each([
    ['ENV', 'ENV t=busybox:1.36\nCOPY --from=$t /x /x', 'blank-base-name 3: image name ($t) should not be blank'],
    ['nothing', 'COPY --from=$t /x /x', 'blank-base-name 2: image name ($t) should not be blank'],
    ['no mount', 'RUN --mount=from=$t,target=/m true', 'blank-base-name 2: image name ($t) should not be blank'],
  ])('knows no variable of %s there', (_, text, expected) => {
    expect(read(below(text), 'buildah')).toBe(expected);
  });

  test('knows a global ARG there only where the stage declares it, and none of the stage below', () => {
    const top = 'ARG t=busybox:1.36\nFROM alpine:3.19 AS a\nARG u=busybox:1.36\nFROM a\n';
    expect(read(`${top}ARG t\nCOPY --from=$t /x /x\n`, 'buildah')).toContain(`6 copy-from $t = ${busybox}`);
    expect(read(`${top}COPY --from=$t /x /x\n`, 'buildah')).toMatch(/^blank-base-name 5:/);
    expect(read(`${top}COPY --from=$u /x /x\n`, 'buildah')).toMatch(/^blank-base-name 5:/);
    expect(read(`${top}ARG t\nCOPY --from=$t /x /x\n`, 'buildah', { t: 'busybox:9' })).toContain(
      '6 copy-from $t = docker.io/library/busybox:9',
    );
  });

  test.each([
    ['docker://quay.io/acme/base:1', ['1 from docker://quay.io/acme/base:1 = quay.io/acme/base:1']],
    ['docker://alpine', ['1 from docker://alpine = docker.io/library/alpine:latest']],
    ['containers-storage:localhost/base:1', ['1 from unknown containers-storage:localhost/base:1']],
    ['docker-archive:base.tar', ['1 from unknown docker-archive:base.tar']],
    ['oci-archive:base.tar', ['1 from unknown oci-archive:base.tar']],
    ['docker-daemon:base:1', ['1 from unknown docker-daemon:base:1']],
    ['dir:/base', ['1 from unknown dir:/base']],
  ])('begins FROM %s', (name, expected) => {
    expect(read(`FROM ${name}\n`, 'buildah')).toEqual(expected);
  });

  test('takes a syntax directive for a comment', () => {
    expect(read('# syntax=example.com/other/frontend:1\nFROM docker://alpine:3.19\n', 'buildah')).toEqual([
      '2 from docker://alpine:3.19 = docker.io/library/alpine:3.19',
    ]);
  });
});

describe('BuildKit', () => {
  test.each([
    ['COPY --from', below('ARG t=busybox\nCOPY --from=${t} /x /x'), 'invalid-reference 3'],
    ['FROM docker://', 'FROM docker://alpine:3.19\n', 'invalid-reference 1'],
    ['a mount', below('ARG t=busybox\nRUN --mount=from=$t,target=/m true'), 'invalid-mount 3'],
    ['options of mounts', below('RUN --mount=type=cache,target=/m,Z true'), 'invalid-mount 2'],
    ['--device without a frontend', below('RUN --device=vendor.com/gpu=all true'), 'invalid-flag 2'],
    ['--device of a stable one', `# syntax=docker/dockerfile:1\n${below('RUN --device=a true')}`, 'invalid-flag 3'],
    ['another --security', below('RUN --security=none true'), 'invalid-instruction 2'],
  ])('refuses %s', (_, text, expected) => {
    expect(read(text)).toMatch(new RegExp(`^${expected}: `));
  });

  test.each([
    ['--security', below('RUN --security=insecure true')],
    ['--device of the labs channel', `# syntax=docker/dockerfile:1-labs\n${below('RUN --device=a true')}`],
  ])('accepts %s', (_, text) => {
    expect(read(text)).toContainEqual(expect.stringContaining('docker.io/library/alpine:3.19'));
  });
});
