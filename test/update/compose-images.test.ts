import { describe, expect, it } from 'vitest';
import { createExpansion } from '../../core/discover/interpolate.ts';
import { formatPlatform } from '../../core/oci/platform.ts';
import { familiar } from '../../core/oci/reference.ts';
import { imagesIn } from '../../core/update/compose-images.ts';
import { yamlScalars } from '../../core/update/yaml-scalars.ts';

function shown(text: string, env: Readonly<Record<string, string>> = {}): readonly string[] | undefined {
  return imagesIn(text, new Map(Object.entries(env)), createExpansion('compose.yaml'))?.map(
    ({ service, reference, line, platform }) =>
      [service, familiar(reference), line, platform === undefined ? '-' : formatPlatform(platform)].join(' '),
  );
}

describe('the images of a Compose file', () => {
  it.each([
    ['services: {a: {image: "x:1"}}', ['a x:1 1 -']],
    ['services:\n  a:\n    image: x:1\n  b:\n    image: y\n', ['a x:1 3 -', 'b y:latest 5 -']],
    ['services: {a: {image: "x:1", build: .}}', []],
    ['services: {a: {image: "x:1", build: {context: .}}, b: {image: "x:2"}}', ['b x:2 1 -']],
    ['services: {a: {build: .}, b: {image: "x:2"}}', ['b x:2 1 -']],
    ['volumes: {a: {image: "x:1"}}', []],
    ['x-services: {a: {image: "x:1"}}\nservices: {b: {image: "y:1"}}', ['b y:1 2 -']],
    ['services: {a: {images: "x:1", labels: {image: "x:1"}}}', []],
    ['services: {a: {image: {image: "x:1"}}}', []],
    ['services: {a: {image: [x]}}', []],
    ['services: {a: {image: ""}, b: {image: "X:1"}, c: {image: "${V}"}}', []],
    ['services: {a: {image: "x:1", platform: linux/arm64}, b: {image: "x:1"}}', ['a x:1 1 linux/arm64', 'b x:1 1 -']],
    ['services: {a: {image: "x:1", deploy: {platform: linux/arm64}}}', ['a x:1 1 -']],
    ['services: {a: {image: "x:1", platform: "${P}"}}', ['a x:1 1 linux/s390x']],
    ['services: {a: {image: "x:1", platform: any}}', ['a x:1 1 -']],
    ['services: {a: {image: "x:${V}"}}', ['a x:7 1 -']],
    ['services: {a: {image: "x:${W:-8}"}}', ['a x:8 1 -']],
    ['image: x:1\nbuild: y\nservices: {build: {image: "z:1"}}', ['build z:1 3 -']],
    ['x: &x {image: "x:1"}\nservices: {a: {<<: *x}, b: {<<: *x, image: "y:1"}}', ['a x:1 1 -', 'b y:1 2 -']],
    ['x: &x {image: "x:1"}\ny: &y {image: "y:1"}\nservices:\n  a:\n    <<: [*y, *x]\n', ['a y:1 2 -']],
    ['x: &x {build: .}\nservices: {a: {<<: *x, image: "x:1"}}', []],
    ['services: [', undefined],
  ])('%s', (text, expected) => {
    expect(shown(text, { ...(text.includes('"${V}"') ? {} : { V: '7' }), P: 'linux/s390x' })).toEqual(expected);
  });
});

it('puts no more mappings together than a file of that size may hold', () => {
  const keys = Array.from({ length: 400 }, (_, at) => `k${at}: 1`).join(', ');
  expect(yamlScalars(`a: &a {${keys}}\nb:\n${'- {<<: *a}\n'.repeat(400)}`)).toBeUndefined();
});

it('reads what closes a list at the indentation of its key, as go-yaml does, at its places', () => {
  const text =
    'services:\n  db:\n    image: "postgres:16.2"\n    command: [\n      "x"\n    ]\n  web:\n    image: nginx:1.27\n';
  expect(shown(text)).toEqual(['db postgres:16.2 3 -', 'web nginx:1.27 8 -']);
  const written = yamlScalars(text)?.map(({ start, end }) => text.slice(start, end));
  expect(written).toEqual(['postgres:16.2', 'x', 'nginx:1.27']);
});
