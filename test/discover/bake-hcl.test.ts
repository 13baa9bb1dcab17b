import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeFailure } from '../../core/failure.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { discoveredIn, shop } from './support.ts';

const file = 'ARG V=12\nFROM debian:$V AS prod\n';
const printed = JSON.stringify({
  target: {
    web: {
      context: 'src',
      dockerfile: '../Dockerfile',
      tags: ['ghcr.io/acme/web:1'],
      target: 'prod',
      args: { V: '13' },
    },
    dev: { context: '.', dockerfile: 'Dockerfile' },
  },
});

/** A folder with a docker that runs these lines of shell, and notes how it was called and with which environment. */
function docker(...lines: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'bir-docker-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, 'log');
  const note = [`echo "$(pwd) $*" >> '${log}'`, `env >> '${log}'`];
  writeFileSync(join(folder, 'docker'), ['#!/bin/sh', ...note, ...lines].join('\n'));
  chmodSync(join(folder, 'docker'), 0o755);
  return {
    env: { PATH: `${folder}:/usr/bin:/bin`, TOKEN: 'geheim', HOME: folder },
    log: () => readFileSync(log, 'utf8'),
  };
}

async function found(root: string, env: Readonly<Record<string, string>>) {
  const { builds, notices, failures } = await discoveredIn(root, env);
  expect(failures).toEqual([]);
  return {
    builds: builds.map(({ build }) => [build.name, build.dockerfile, build.context, build.target, build.args]),
    releases: builds.map(({ build }) => build.releases.map(formatReference)),
    from: builds.map(({ build }) => build.provenance.image),
    notices: notices.map(describeFailure),
  };
}

describe('a bake file in HCL', () => {
  it('is evaluated by docker, which is told to print and given no secret', async () => {
    const tool = docker(`echo '${printed}'`, 'echo "#1 reading" >&2');
    const root = shop({
      'web/docker-bake.hcl': 'target "web" {}',
      'web/docker-bake.override.json': '{}',
      'web/Dockerfile': file,
    });
    expect(await found(root, tool.env)).toEqual({
      builds: [['web', 'web/Dockerfile', 'web/src', 'prod', { V: '13' }]],
      releases: [['ghcr.io/acme/web:1']],
      from: ['web/docker-bake.hcl and web/docker-bake.override.json target.web'],
      notices: [],
    });
    expect(tool.log()).toContain(`${root}/web buildx bake --print *\n`);
    expect(tool.log()).not.toContain('geheim');
  });

  it('is read by releases that know no patterns, and where a Compose file beside it is broken', async () => {
    const tool = docker('case "$*" in *"*"*) echo "failed to find target *" >&2; exit 1;; esac', `echo '${printed}'`);
    const { releases, notices } = await found(shop({ 'docker-bake.hcl': '', Dockerfile: file }), tool.env);
    expect(notices).toEqual([]);
    expect(releases).toEqual([['ghcr.io/acme/web:1']]);
    expect(tool.log()).toMatch(/bake --print --file docker-bake\.hcl\n/);
  });

  it.each([
    ['there is no docker', [], 'docker is not installed'],
    [
      'docker cannot read it',
      ['echo "docker-bake.hcl:1: bad\nERROR: no" >&2', 'exit 1'],
      'docker ended with exit code 1 (ERROR: no)',
    ],
    ['docker says nothing of use', ['echo nonsense'], 'docker ended with exit code 0 (no message)'],
  ])('is a notice where %s, and what stands in JSON beside it counts', async (what, lines, words) => {
    const env = what === 'there is no docker' ? { PATH: '/nowhere' } : docker(...lines).env;
    const json = JSON.stringify({ target: { web: { tags: ['acme/web:2'] } } });
    const root = shop({ 'docker-bake.hcl': 'x', 'docker-bake.json': json, Dockerfile: file });
    const { releases, notices } = await found(root, env);
    expect(releases).toEqual([['docker.io/acme/web:2']]);
    expect(notices).toEqual([
      `docker-bake.json and docker-bake.hcl: is read with docker buildx bake --print, and ${words}: what it says of ` +
        'images is not known; install docker with buildx, or name the images in .base-image-refresh.yml.',
    ]);
  });
});

describe('bake files in JSON', () => {
  it('are read together, an override over the rest', async () => {
    const root = shop({
      'docker-bake.json': JSON.stringify({
        variable: { T: { default: '1' } },
        target: { web: { args: { V: '13' }, tags: ['acme/web:${T}'] } },
      }),
      'docker-bake.override.json': JSON.stringify({
        variable: { T: { default: '2' } },
        target: { web: { args: { W: '1' } } },
      }),
      Dockerfile: file,
    });
    expect(await found(root, {})).toMatchObject({
      builds: [['web', 'Dockerfile', '.', undefined, { V: '13', W: '1' }]],
      releases: [['docker.io/acme/web:2']],
      from: ['docker-bake.json and docker-bake.override.json target.web'],
    });
  });
});
