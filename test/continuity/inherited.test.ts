import { describe, expect, test } from 'vitest';
import { assessConfiguration } from '../../core/continuity/assess-configuration.ts';
import { inheritedSettings } from '../../core/continuity/inherited.ts';
import { statedSettings } from '../../core/dockerfile/stated-settings.ts';
import type { ImageConfig } from '../../core/oci/manifest.ts';

/** A configuration with this history: entries without a layer begin with an instruction that only sets something. */
function image(config: Readonly<Record<string, unknown>>, history: readonly string[]): ImageConfig {
  const entries = history.map((text) => ({
    created_by: text,
    ...(/^(?:ENV|CMD|USER|LABEL|ENTRYPOINT)/.test(text) ? { empty_layer: true } : {}),
  }));
  const parsed = entries.map((entry) => ({ createdBy: entry.created_by, emptyLayer: 'empty_layer' in entry }));
  const place = { os: 'linux', architecture: 'amd64', diffIds: [], labels: {} };
  return { ...place, history: parsed, config, raw: { history: entries } };
}

// As the official image of Python is made.
const python = (version: string) => [
  '# debian.sh --arch amd64 out/ bookworm',
  'ENV PATH=/usr/local/bin:/usr/bin:/bin',
  `ENV PYTHON_VERSION=${version}`,
  'RUN /bin/sh -c set -eux; make # buildkit',
  'CMD ["python3"]',
];
const own = ['COPY app /app # buildkit', 'ENV MODE=fast', 'USER 1000'];
const env = (version: string, ...more: readonly string[]) => ({
  Env: ['PATH=/usr/local/bin:/usr/bin:/bin', `PYTHON_VERSION=${version}`, ...more],
  Cmd: ['python3'],
});
const published = image({ ...env('3.11.4', 'MODE=fast'), User: '1000' }, [...python('3.11.4'), ...own]);
const after = image(env('3.11.9'), python('3.11.9'));
const dockerfile = 'FROM python:3.11\nCOPY app /app\nENV MODE=fast\nUSER 1000\n';
const ofBase = ['ArgsEscaped', 'Cmd', 'Env PATH', 'Env PYTHON_VERSION'];
const stated = statedSettings(dockerfile, { args: {} });

describe('what an image has from a base that nobody recorded', () => {
  test('stands in its history where the new base has an entry of its kind', () => {
    expect([...inheritedSettings({ published, after })].sort()).toEqual(ofBase);
  });

  test('is what no instruction of its Dockerfile states, where the base is made otherwise now', () => {
    const remade = image(env('3.11.9'), ['RUN one', ...python('3.11.9')]);
    expect([...inheritedSettings({ published, after: remade })]).toEqual([]);
    if (stated === undefined) throw new Error('the Dockerfile cannot be read');
    const found = inheritedSettings({ published, after: remade, stated });
    expect([...found].sort()).toEqual(ofBase);
  });

  test('is nothing that the image set itself, may have set, or that its history does not show', () => {
    const over = image(env('3.11.4'), [...python('3.11.4'), 'ENV PYTHON_VERSION=3.11.4']);
    expect(inheritedSettings({ published: over, after }).has('Env PYTHON_VERSION')).toBe(false);
    const strange = image(env('3.11.4'), [...python('3.11.4'), 'crane mutate']);
    expect([...inheritedSettings({ published: strange, after })]).toEqual([]);
    const added = image(env('3.11.4', 'VERSION=1.2'), python('3.11.4'));
    expect(inheritedSettings({ published: added, after }).has('Env VERSION')).toBe(false);
    const other = image(env('3.12.0'), python('3.11.4'));
    expect(inheritedSettings({ published: other, after }).has('Env PYTHON_VERSION')).toBe(false);
    expect([...inheritedSettings({ published, after: image(env('3.11.9'), []) })]).toEqual([]);
  });

  const inherited = inheritedSettings({ published, after });
  const assessed = (candidate: Readonly<Record<string, unknown>>, sources?: Parameters<typeof sourced>[0]) =>
    assessConfiguration({
      published: published.config,
      candidate: { ...env('3.11.9', 'MODE=fast'), User: '1000', ...candidate },
      after: after.config,
      inherited,
      ...(sources === undefined ? {} : sourced(sources)),
    }).map(({ what, because }) => [what, because]);
  const sourced = (now: string) => {
    const settings = statedSettings(now, { args: {} });
    return settings === undefined ? {} : { sources: { now: settings } };
  };

  test('follows the new base, and nothing else changes with it', () => {
    expect(assessed({})).toEqual([['variable PYTHON_VERSION', 'base']]);
    expect(assessed({ Env: env('3.11.9', 'MODE=slow').Env })).toContainEqual(['variable MODE', undefined]);
    expect(assessed({ Env: env('3.11.8', 'MODE=fast').Env })).toEqual([['variable PYTHON_VERSION', undefined]]);
    expect(assessed({ Env: ['MODE=fast', 'PATH=/usr/local/bin:/usr/bin:/bin'] })).toEqual([
      ['variable PYTHON_VERSION', undefined],
    ]);
    expect(assessed({ Cmd: ['sh'] })).toContainEqual(['command', undefined]);
  });

  test('is not what another source states itself, and not by a Dockerfile that cannot be read', () => {
    expect(assessed({}, dockerfile)).toEqual([['variable PYTHON_VERSION', 'base']]);
    const argued = `${dockerfile}ARG V\nENV PYTHON_VERSION=$V\n`;
    expect(assessed({}, argued)).toEqual([['variable PYTHON_VERSION', undefined]]);
    const unread = { published: published.config, candidate: env('3.11.9'), after: after.config, inherited };
    expect(assessConfiguration({ ...unread, sources: {} })).toContainEqual(
      expect.not.objectContaining({ because: expect.anything() }),
    );
  });
});
