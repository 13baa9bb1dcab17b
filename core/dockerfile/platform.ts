import { normalisePlatform, type Platform } from '../oci/platform.ts';
import { DockerfileRefusal } from './refusal.ts';

const systems = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd plan9 solaris wasip1 windows zos'.split(
    ' ',
  ),
);
const architectures = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ' +
    'ppc riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

/** Parses `--platform` as containerd does: `os/arch[/variant]`, or one of the two alone, completed from the builder's. */
export function parsePlatformFlag(text: string, build: Platform): Platform {
  const parts = text.split('/');
  const [first = '', architecture, variant] = parts;
  const system = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/.exec(first);
  if (text.includes('*') || system === null || parts.length > 3 || !parts.slice(1).every(isComponent)) {
    throw new DockerfileRefusal('invalid-platform', null, `failed to parse platform ${text}`);
  }
  const [, os = '', version] = system;
  const osVersion = version === undefined || version === '' ? {} : { osVersion: version };
  if (architecture === undefined) return { ...completed(os, build), ...osVersion };
  return normalisePlatform({ os, architecture, ...osVersion, ...(variant === undefined ? {} : { variant }) });
}

function isComponent(text: string): boolean {
  return /^[A-Za-z0-9_.-]+$/.test(text);
}

function completed(word: string, build: Platform): Platform {
  const asSystem = normalisePlatform({ os: word, architecture: build.architecture });
  if (systems.has(asSystem.os)) return asSystem;
  const asArchitecture = normalisePlatform({ os: build.os, architecture: word });
  if (architectures.has(asArchitecture.architecture)) return asArchitecture;
  throw new DockerfileRefusal('invalid-platform', null, `"${word}": unknown operating system or architecture`);
}
