import { describe, expect, it } from 'vitest';
import { formatReference } from '../../core/oci/reference.ts';
import { detected, discovered, shop } from './support.ts';

const dockerfile = 'ARG VARIANT\nFROM mcr.microsoft.com/devcontainers/base:${VARIANT} AS dev\n';

async function only(files: Record<string, string>) {
  const { builds, notices } = await discovered(shop(files));
  expect(notices).toEqual([]);
  const [found] = builds;
  if (found === undefined || builds.length > 1) throw new Error(`${builds.length} builds`);
  const { build, dockerfile: read } = found;
  const bases = read.kind === 'read' ? read.bases.map(({ reference }) => formatReference(reference)) : read.failure;
  const { name, context, target, args, provenance } = build;
  return { name, dockerfile: build.dockerfile, context, target, args, provenance, bases };
}

describe('a development container', () => {
  it('says how its Dockerfile is built, in JSON with comments', async () => {
    const json = [
      '{ // built by the editor',
      '  "name": "Web", /* of the shop */',
      '  "build": {',
      '    "dockerfile": "Dockerfile", "context": "..", "target": "dev",',
      '    "args": { "VARIANT": "bookworm", "USER": "${localEnv:USER}", "TZ": "${localEnv:TZ:UTC}" },',
      '    "options": ["--platform=linux/arm64", "--build-arg", "MORE=1"],',
      '  },',
      '}',
    ];
    const files = { '.devcontainer/devcontainer.json': json.join('\n'), '.devcontainer/Dockerfile': dockerfile };
    expect(await only(files)).toMatchObject({
      name: 'devcontainer',
      dockerfile: '.devcontainer/Dockerfile',
      context: '.',
      target: 'dev',
      args: { VARIANT: 'bookworm', TZ: 'UTC', MORE: '1' },
      provenance: { args: '.devcontainer/devcontainer.json build' },
      bases: ['mcr.microsoft.com/devcontainers/base:bookworm'],
    });
  });

  it.each([
    ['keys of old', '{"dockerFile":"Dockerfile","context":"..","build":{"args":{"VARIANT":"1"}}}', '.'],
    ['no context', '{"build":{"dockerfile":"Dockerfile","args":{"VARIANT":"1"}}}', '.devcontainer'],
  ])('may have %s', async (_, json, context) => {
    const files = { '.devcontainer/devcontainer.json': json, '.devcontainer/Dockerfile': dockerfile };
    expect(await only(files)).toMatchObject({ context, args: { VARIANT: '1' } });
  });

  it('may be one of several, of a Dockerfile of any name, and of a service', async () => {
    const { builds } = await discovered(
      shop({
        '.devcontainer/py/devcontainer.json': '{"build":{"dockerfile":"py.docker","args":{"VARIANT":"1"}}}',
        '.devcontainer/py/py.docker': dockerfile,
        '.devcontainer/go/devcontainer.json': '{"dockerComposeFile":["../dev.yml","more.yml"],"service":"go"}',
        '.devcontainer/dev.yml': 'services: { go: { build: { context: go, args: { VARIANT: 1 } } } }',
        '.devcontainer/go/more.yml': 'services: { go: { build: { target: dev } } }',
        '.devcontainer/go/Dockerfile': dockerfile,
      }),
    );
    expect(builds.map(({ build }) => [build.name, build.dockerfile, build.target])).toEqual([
      ['devcontainer-go', '.devcontainer/go/Dockerfile', 'dev'],
      ['devcontainer-py', '.devcontainer/py/py.docker', undefined],
    ]);
    expect(builds[0]?.build.provenance.target).toBe(
      '.devcontainer/go/devcontainer.json by .devcontainer/dev.yml and .devcontainer/go/more.yml services.go',
    );
  });

  it('says nothing of a Dockerfile that is not its own, and nothing where it is of an image alone', async () => {
    const shared = '{"build":{"dockerfile":"../Dockerfile","target":"dev","args":{"V":"1"}}}';
    const found = await only({ '.devcontainer.json': shared, Dockerfile: 'FROM debian AS dev\n' });
    expect(found).toMatchObject({ name: 'shop', args: {}, target: undefined, provenance: {} });
    const image = { '.devcontainer/devcontainer.json': '{"image":"debian:12"}' };
    expect((await detected(shop(image))).document.dockerfiles).toEqual([]);
  });

  it.each(['', '{', '[]', '{"build":7}', '{"build":{"dockerfile":"../../x"}}', '{"dockerComposeFile":{}}'])(
    '%j does no harm',
    async (json) => {
      const files = { '.devcontainer/devcontainer.json': json, Dockerfile: 'FROM debian\n' };
      expect(await only(files)).toMatchObject({ name: 'shop', bases: ['docker.io/library/debian:latest'] });
    },
  );
});
