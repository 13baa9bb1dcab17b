import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createCost } from '../../core/discover/cost.ts';
import { fillValue, holds } from '../../core/discover/workflow/evaluate.ts';
import { type FleetSite, openFleet } from './site.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/fleet.md'), 'utf8');
const blocks: readonly Record<string, never>[] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']) =>
  parse(text),
);
const workflowOn = (event: string) => blocks.find(({ on }) => Object.keys(on ?? {}).includes(event)) as never;
const rows = new Map(
  [...page.matchAll(/^\| (.*?) \| `(.*\{.*\}.*)` \|$/gm)].map(([, event = '', form = '']) => [event, form] as const),
);

let site: FleetSite;
beforeEach(async () => {
  site = await openFleet([{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'docs' }]);
});
afterEach(() => site.close());

/** The images that a run is limited to which a registry's event starts. */
async function looksAt(base: string): Promise<readonly string[]> {
  const { stdout, code, stderr } = await site.bir(['check', '--format=json', `--changed-base=${base}`]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout).images.map(({ name }: { name: string }) => name);
}

// Of each form that the hosts document, what the examples read and a little beside it.
test('what GitHub sends names the base for each of the examples, and manifests without a tag start nothing', async () => {
  const { host } = site.registry;
  const filled = (event: string, payload: object) => {
    const { refresh } = (workflowOn(event) as { jobs: Record<string, { if?: string; with: Record<string, string> }> })
      .jobs;
    const contexts = { github: { event: payload } };
    const starts = refresh?.if === undefined ? true : holds(refresh.if, contexts, createCost('workflow'));
    return [starts, fillValue(refresh?.with['changed-base'] ?? '', contexts, createCost('workflow'))];
  };
  const dispatched = filled('repository_dispatch', { client_payload: { base: `${host}/fleet/golden:1` } });
  expect([dispatched[0], await looksAt(String(dispatched[1]))]).toEqual([true, ['web']]);
  const pushed = (tag: string) => ({
    action: 'published',
    registry_package: {
      name: 'golden',
      namespace: 'acme',
      package_type: 'CONTAINER',
      package_version: { version: 'sha256:1', container_metadata: { tag: { name: tag, digest: 'sha256:1' } } },
    },
  });
  expect(filled('registry_package', pushed('1'))).toEqual([true, 'ghcr.io/acme/golden:1']);
  expect(filled('registry_package', pushed(''))[0]).toBe(false);
});

test('what other registries send names the base where the table says so', async () => {
  const { host } = site.registry;
  const push = { target: { repository: 'library/base', tag: '1' }, request: { host } };
  const payloads = new Map<string, object>([
    ['Event Grid, `Microsoft.ContainerRegistry.ImagePushed`', { subject: 'library/base:1', data: push }],
    ['webhook of an ACR, `push`', { action: 'push', ...push }],
    ['webhook of Docker Hub', { push_data: { tag: '12' }, repository: { repo_name: 'library/debian' } }],
    [
      'webhook of Harbor, `PUSH_ARTIFACT`',
      { event_data: { resources: [{ tag: '1', resource_url: `${host}/library/base:1` }] } },
    ],
  ]);
  expect([...rows.keys()]).toEqual([...payloads.keys()]);
  const at = (payload: unknown, path: string) =>
    path.split('.').reduce((value, key) => (value as Record<string, unknown>)[key], payload);
  const named = [...rows].map(([event, form]) =>
    form.replace(/\{([\w.]+)\}/g, (_, path: string) => String(at(payloads.get(event), path))),
  );
  expect(named).toEqual([
    `${host}/library/base:1`,
    `${host}/library/base:1`,
    'docker.io/library/debian:12',
    `${host}/library/base:1`,
  ]);
  expect(await looksAt(named[0] ?? '')).toEqual(['docs', 'golden', 'web']);
});

test('the pipeline of Azure starts by the very tag that it limits the run to', () => {
  const found = blocks.find(
    ({ resources }) => resources !== undefined && 'containers' in (resources as object),
  ) as never;
  const { resources, extends: own } = found as {
    resources: { containers: { registry: string; repository: string; trigger: { tags: string[] } }[] };
    extends: { template: string; parameters: Record<string, string> };
  };
  const [{ registry, repository, trigger } = { registry: '', repository: '', trigger: { tags: [] } }] =
    resources.containers;
  expect(own.parameters.changedBase).toBe(`${registry}.azurecr.io/${repository}:${trigger.tags.join()}`);
  const template = parse(readFileSync(join(import.meta.dirname, '../../templates/azure/refresh.yml'), 'utf8'));
  const known = template.parameters.map(({ name }: { name: string }) => name);
  expect(Object.keys(own.parameters).filter((name) => !known.includes(name))).toEqual([]);
});
