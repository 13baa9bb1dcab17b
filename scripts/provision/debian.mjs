import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { place } from './cache.mjs';
import { needRoot, run } from './shell.mjs';

// dockerd of bookworm is too old for containerd image stores and build contexts; runc of sid needs a newer libc.
const runc = 'runc/bookworm';

// Their own runtime for RUN starts the program anew without its environment, so libraries must be where the system looks.
const containersFiles = ['golang-github-containers-common/bookworm', 'golang-github-containers-image/bookworm', runc];
const containersLibraries = {
  libgpgme11: 'libgpgme.so.11',
  libsubid4: 'libsubid.so.4',
  'libdevmapper1.02.1': 'libdevmapper.so.1.02.1',
};

/** Packages of each part, and which of their programs it offers. */
export const debianParts = {
  dockerd: {
    packages: ['docker.io/sid', 'docker-cli/sid', 'docker-buildx/sid', 'containerd/sid', runc],
    versionOf: 'docker.io',
    programs: {
      dockerd: 'usr/sbin/dockerd',
      docker: 'usr/bin/docker',
      'docker-proxy': 'usr/sbin/docker-proxy',
      'docker-buildx': 'usr/libexec/docker/cli-plugins/docker-buildx',
      containerd: 'usr/bin/containerd',
      'containerd-shim-runc-v2': 'usr/bin/containerd-shim-runc-v2',
      ctr: 'usr/bin/ctr',
      runc: 'usr/sbin/runc',
    },
  },
  'dockerd-20.10': {
    packages: ['docker.io/bookworm', 'containerd/bookworm', runc],
    versionOf: 'docker.io',
    programs: {
      dockerd: 'usr/sbin/dockerd',
      docker: 'usr/bin/docker',
      'docker-proxy': 'usr/sbin/docker-proxy',
      containerd: 'usr/bin/containerd',
      'containerd-shim-runc-v2': 'usr/bin/containerd-shim-runc-v2',
      runc: 'usr/sbin/runc',
    },
  },
  buildah: {
    packages: ['buildah/bookworm', ...containersFiles],
    versionOf: 'buildah',
    programs: { buildah: 'usr/bin/buildah', runc: 'usr/sbin/runc' },
    libraries: containersLibraries,
  },
  podman: {
    packages: ['podman/bookworm', 'conmon/bookworm', ...containersFiles],
    versionOf: 'podman',
    programs: { podman: 'usr/bin/podman', conmon: 'usr/bin/conmon', runc: 'usr/sbin/runc' },
    libraries: containersLibraries,
  },
  distribution: {
    packages: ['docker-registry/bookworm'],
    versionOf: 'docker-registry',
    programs: { 'docker-registry': 'usr/bin/docker-registry' },
  },
  crane: { packages: ['crane/sid'], versionOf: 'crane', programs: { crane: 'usr/bin/crane' } },
  cosign: { packages: ['cosign/sid'], versionOf: 'cosign', programs: { cosign: 'usr/bin/cosign' } },
  notation: { packages: ['notation/sid'], versionOf: 'notation', programs: { notation: 'usr/bin/notation' } },
  // With the libraries that it needs and that a plain Debian does not have.
  skopeo: {
    packages: ['skopeo/bookworm', 'libgpgme11/bookworm', 'libassuan0/bookworm', 'libdevmapper1.02.1/bookworm'],
    versionOf: 'skopeo',
    programs: { skopeo: 'usr/bin/skopeo' },
  },
  // What users have; the one beside the control plane is as old as that.
  kubectl: { packages: ['kubectl/sid'], versionOf: 'kubectl', programs: { kubectl: 'usr/bin/kubectl' } },
  promtool: { packages: ['promtool/sid'], versionOf: 'promtool', programs: { promtool: 'usr/bin/promtool' } },
  oras: { packages: ['oras/sid'], versionOf: 'oras', programs: { oras: 'usr/bin/oras' } },
};

/** Unpacks a part's packages into a folder of its own, with one bin folder that can stand alone in PATH. */
export async function fetchDebianPart(root, apt, name, part) {
  if (name.startsWith('dockerd')) await prepareForEngine();
  if (part.libraries !== undefined) await installLibraries(part.libraries);
  let versions = {};
  const folder = await place(root, name, async (temporary) => {
    versions = await apt.unpack(part.packages, temporary);
    await mkdir(join(temporary, 'bin'));
    for (const [program, path] of Object.entries(part.programs)) {
      await symlink(relative('bin', path), join(temporary, 'bin', program));
    }
  });
  const paths = {};
  for (const program of Object.keys(part.programs)) paths[program] = join(folder, 'bin', program);
  return { version: versions[part.versionOf], packages: versions, bin: dirname(Object.values(paths)[0]), paths };
}

// An engine of its own needs a bridge of its own.
async function prepareForEngine() {
  needRoot();
  if (existsSync('/bin/ip') || existsSync('/usr/sbin/ip')) return;
  await installIntoSystem(['iproute2']);
}

async function installLibraries(libraries) {
  const known = await run('/sbin/ldconfig', ['-p']);
  const missing = Object.entries(libraries).flatMap(([name, file]) => (known.includes(`\t${file} `) ? [] : [name]));
  if (missing.length === 0) return;
  needRoot();
  await installIntoSystem(missing);
}

// All else stays in the parts' own folders.
async function installIntoSystem(packages) {
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages]);
}
