import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsers } from './parsers.ts';

const root = join(import.meta.dirname, '../..');

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : [];
  });
}

// What takes a text apart: a decoder, or a function that is made for it.
const decoders =
  /\b(?:parseJson|parsed|parseYaml|looseYaml|parseJsonc|parseEvents|readDocument|jsonFields|yamlScalars|extract|gunzipSync|createGunzip)\(|new Decompress\(/;
const readers =
  /export (?:async )?function\*? (?:parse|read|decode|split|lex|find|interpolate|plain|inert|without)\w*\(\s*(?:text|json|source|header|bytes|line|output|stderr|stdout|xml)\b/;

/** Files whose texts are bounded by the parser that they call, and whose own part picks fields. */
const pickers: Readonly<Record<string, readonly string[]>> = {
  'answers of programs and services that the run itself names, through parseJson': [
    ...[
      'core/config/event.ts',
      'core/deploy/aks.ts',
      'core/deploy/kubectl.ts',
      'core/discover/bake-print.ts',
      'core/notify/forge.ts',
      'core/notify/otlp.ts',
      'core/pull-request/api.ts',
    ],
    ...[
      'core/rebuild/acr-tasks/api.ts',
      'core/rebuild/buildah/probe.ts',
      'core/rebuild/buildx.ts',
      'core/rebuild/docker/probe.ts',
    ],
    ...['core/registry/auth/credential-helper.ts', 'core/registry/auth/token.ts', 'core/scan/defender/query.ts'],
    ...[
      'core/scan/defender/resource-graph.ts',
      'core/scan/trivy/database.ts',
      'core/scan/trivy/program.ts',
      'core/sign/cosign.ts',
    ],
    ...[
      'core/sign/sbom.ts',
      'core/sign/verify-attached.ts',
      'core/validate/command/container.ts',
      'core/registry/push-access.ts',
    ],
  ],
  'files of the runner, through parseJson': [
    ...[
      'core/layers/listing.ts',
      'core/report/fold.ts',
      'core/rebuild/buildah/registries.ts',
      'core/rebuild/buildx/login.ts',
      'core/registry/auth/docker-config.ts',
      'core/world/temporary.ts',
    ],
  ],
  'labels and annotations, through parseJson': [
    ...[
      'core/registry/records.ts',
      'core/source/read-record.ts',
      'core/source/record.ts',
      'core/baseline/own-record.ts',
      'core/baseline/buildpacks.ts',
      'core/deploy/annotations.ts',
      'core/rebuild/rebase/buildpacks.ts',
      'core/rebuild/rebase/claimed-bases.ts',
      'core/rebuild/rebase/rules/buildpacks.ts',
    ],
  ],
  'callers of parsers that have a row': [
    ...[
      'core/config/subject-at.ts',
      'core/gate/rules/language.ts',
      'core/config/policies.ts',
      'core/init/draft-config.ts',
      'core/doctor/configuration/secrets.ts',
      'core/doctor/workflows/files.ts',
      'core/text/jsonc.ts',
    ],
    ...['core/update/load-repository.ts', 'core/update/set-argument.ts', 'core/discover/compose-names.ts'],
  ],
  'manifests, statements and envelopes of a registry, through parseJson': [
    ...['core/continuity/attached.ts', 'core/continuity/rewrite.ts'],
  ],
  'texts of our own': ['core/sign/predicates.ts'],
  'an archive whose digest is known': ['core/scan/install/archive.ts'],
};

const covered = new Set(parsers.flatMap(({ sources }) => sources));
const listed = Object.values(pickers).flat();

describe('every file of core that takes a text apart', () => {
  const files = filesBelow('core');
  const found = files.filter((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return decoders.test(text.replace(/^import .*$/gm, '')) || readers.test(text);
  });

  test('has a row in the table of parsers, or is known to pick fields only', () => {
    expect(found.filter((path) => !covered.has(path) && !listed.includes(path))).toEqual([]);
  });

  test('is there: no row and no entry outlives its file', () => {
    expect([...covered, ...listed].filter((path) => !files.includes(path))).toEqual([]);
    expect(listed.filter((path) => covered.has(path) || !found.includes(path))).toEqual([]);
  });

  test('takes JSON by parseJson, which knows its depth', () => {
    const direct = files.filter((path) => /\bJSON\.parse\(/.test(readFileSync(join(root, path), 'utf8')));
    expect(direct).toEqual(['core/json.ts']);
  });
});

test('rows have names of their own, and texts', () => {
  const names = parsers.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(parsers.filter(({ growths, tokens }) => growths.length === 0 || tokens.length === 0)).toEqual([]);
});
