import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatPlatform } from '../../core/oci/platform.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { discoveredIn, shop } from '../discover/support.ts';
import { describeWith, program } from './setup/parts.ts';

const hcl = `
variable "TAG" {
  default = "1.0"
}
function "image" {
  params = [name]
  result = "ghcr.io/acme/\${name}:\${TAG}"
}
target "common" {
  args = { V = "13" }
  platforms = ["linux/amd64", "linux/arm64"]
}
target "app" {
  inherits = ["common"]
  matrix = { part = ["api", "web"] }
  name = part
  context = part
  tags = [image(part)]
}
`;

describeWith(['dockerd'], 'docker buildx bake --print', () => {
  it('evaluates variables, functions, inheritance and matrices of a bake file', async () => {
    const home = mkdtempSync(join(tmpdir(), 'bir-bake-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    mkdirSync(join(home, 'cli-plugins'));
    symlinkSync(program('dockerd', 'docker-buildx'), join(home, 'cli-plugins', 'docker-buildx'));
    const env = { PATH: dirname(program('dockerd', 'docker')), HOME: home, DOCKER_CONFIG: home };
    const file = 'ARG V=12\nFROM debian:$V\n';
    const root = shop({ 'docker-bake.hcl': hcl, 'api/Dockerfile': file, 'web/Dockerfile': file });
    const { builds, notices } = await discoveredIn(root, env);
    expect(notices).toEqual([]);
    expect(
      builds.map(({ build, dockerfile }) => [
        build.name,
        build.releases.map(formatReference),
        build.platforms.map(formatPlatform),
        dockerfile.kind === 'read' ? dockerfile.bases.map(({ reference }) => formatReference(reference)) : [],
      ]),
    ).toEqual(
      ['api', 'web'].map((name) => [
        name,
        [`ghcr.io/acme/${name}:1.0`],
        ['linux/amd64', 'linux/arm64'],
        ['docker.io/library/debian:13'],
      ]),
    );
  });
});
