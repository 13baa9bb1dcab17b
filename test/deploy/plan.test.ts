import { describe, expect, test } from 'vitest';
import { deployable } from '../../core/deploy/deployable.ts';
import { planTarget, type Selected } from '../../core/deploy/plan.ts';
import { parseWorkload, type WorkloadKind } from '../../core/deploy/workload.ts';
import type { Digest } from '../../core/oci/digest.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const [before, now, elsewhere] = ['a', 'b', 'c'].map(digest) as [Digest, Digest, Digest];
const web = 'ghcr.io/acme/web';

const promotion = (tags: readonly string[], to = now, previous: Digest | 'new' = before, repository = web) =>
  deployable(repository === web ? `web ${tags[0]}` : repository, {
    at: '',
    digest: to,
    tags: tags.map((tag) => ({ reference: `${repository}:${tag}`, ...(previous === 'new' ? {} : { previous }) })),
  });

interface Given {
  readonly kind?: WorkloadKind;
  readonly spec?: object;
  readonly metadata?: object;
  readonly init?: readonly string[];
  readonly status?: object;
}

function workload(
  images: readonly string[],
  { kind = 'deployment', spec = {}, metadata = {}, init = [], status = {} }: Given = {},
) {
  const named = (prefix: string) => (image: string, at: number) => ({ name: `${prefix}${at}`, image });
  const pod = { containers: images.map(named('app')), initContainers: init.map(named('init')) };
  const template = { spec: pod };
  return parseWorkload(kind, {
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', ...metadata },
    spec: { ...(kind === 'cronjob' ? { jobTemplate: { spec: { template } } } : { template }), ...spec },
    status,
  });
}

const chosen = (each: ReturnType<typeof workload>, more: Partial<Selected> = {}): Selected => ({
  workload: each,
  named: false,
  ...more,
});

const plan = (selected: Selected, deployables = [promotion(['1', 'latest'])], managed: 'refuse' | 'allow' = 'refuse') =>
  planTarget({ managed }, [selected], deployables);

describe('which container moves', () => {
  test.each<[string, string, string | undefined]>([
    ['a tag that was promoted', `${web}:1`, `${web}@${now}`],
    ['the other tag', `${web}:latest`, `${web}@${now}`],
    ['no tag, which means latest', web, `${web}@${now}`],
    ['a promoted tag with the former digest', `${web}:1@${before}`, `${web}@${now}`],
    ['the digest that the tag named before', `${web}@${before}`, `${web}@${now}`],
    ['another tag', `${web}:2`, undefined],
    ['another tag with the former digest', `${web}:2@${before}`, undefined],
    ['a digest that nothing tells of', `${web}@${elsewhere}`, undefined],
    ['another repository', 'ghcr.io/acme/api:1', undefined],
    ['another registry', 'docker.io/acme/web:1', undefined],
    ['a repository that begins alike', `${web}-next:1`, undefined],
    ['what is no reference', 'UPPER CASE', undefined],
  ])('%s', (_, image, to) => {
    const { steps } = plan(chosen(workload([image])));
    expect(steps.map((step) => step.changes.map((change) => change.to))).toEqual(to === undefined ? [] : [[to]]);
  });

  test('a digest that is there already is kept, with or without a tag', () => {
    for (const image of [`${web}@${now}`, `${web}:1@${now}`]) {
      const { steps, notes } = plan(chosen(workload([image])));
      expect(steps).toMatchObject([{ kind: 'keep' }]);
      expect(notes).toEqual([]);
    }
  });

  test('the name stays as the workload writes it', () => {
    const library = deployable('base', {
      at: '',
      digest: now,
      tags: [{ reference: 'docker.io/library/base:1' }],
    });
    const { steps } = plan(chosen(workload(['base:1'])), [library]);
    expect(steps[0]?.changes).toEqual([
      {
        container: 'app0',
        init: false,
        from: 'base:1',
        to: `base@${now}`,
        back: undefined,
        release: 'base:1',
        image: 'base',
      },
    ]);
    const local = promotion(['1'], now, before, 'localhost:5000/web');
    expect(plan(chosen(workload(['localhost:5000/web:1'])), [local]).steps[0]?.changes[0]?.to).toBe(
      `localhost:5000/web@${now}`,
    );
  });

  test('all containers that run it, init containers too, and no other', () => {
    const { steps } = plan(chosen(workload([`${web}:1`, 'envoy:1', `${web}:latest`], { init: [`${web}:1`] })));
    expect(steps[0]?.changes.map(({ container, release }) => [container, release])).toEqual([
      ['init0', `${web}:1`],
      ['app0', `${web}:1`],
      ['app2', `${web}:latest`],
    ]);
  });

  test.each<[string, string, Digest | 'new', string | undefined]>([
    ['a promoted tag goes back to what it named before', `${web}:1`, before, `${web}@${before}`],
    ['a promoted tag of which nothing is known goes back to nothing', `${web}:1`, 'new', undefined],
    ['nor does one that named the same before', `${web}:1`, now, undefined],
    ['a digest beside the tag stays', `${web}:1@${before}`, elsewhere, `${web}:1@${before}`],
    ['a digest stays', `${web}@${before}`, before, `${web}@${before}`],
  ])('%s', (_, image, previous, back) => {
    const { steps } = plan(chosen(workload([image])), [promotion(['1'], now, previous)]);
    expect(steps[0]?.changes.map((change) => change.back)).toEqual([back]);
  });

  test('only the containers that are meant', () => {
    const { steps } = plan(chosen(workload([`${web}:1`, `${web}:1`]), { containers: ['app1'] }));
    expect(steps[0]?.changes.map(({ container }) => container)).toEqual(['app1']);
  });

  test('another release of the repository is told of', () => {
    expect(plan(chosen(workload([`${web}:2`]))).notes).toEqual([
      {
        images: ['web 1'],
        words: `deployment shop/web: app0 runs ${web}:2 and was left unchanged: it is not one of ${web}:1, ${web}:latest`,
      },
    ]);
  });
});

describe('a release that an earlier deployment wrote down', () => {
  const followed = (release: string, at = elsewhere) => ({
    metadata: { annotations: { 'base-image-refresh/releases': JSON.stringify({ app0: `${release}@${at}` }) } },
  });
  const lines = [promotion(['1'], now, before), promotion(['2'], digest('d'), before)];

  test.each<[string, object, string | undefined]>([
    ['is followed', followed(`${web}:2`), `${web}@${digest('d')}`],
    ['of another tag is not', followed(`${web}:3`), undefined],
    ['is nothing once somebody set another digest', followed(`${web}:2`, digest('e')), undefined],
    ['may be broken', { metadata: { annotations: { 'base-image-refresh/releases': '{' } } }, undefined],
    [
      'may be of another form',
      { metadata: { annotations: { 'base-image-refresh/releases': '{"app0":7}' } } },
      undefined,
    ],
  ])('%s', (_, given, to) => {
    const { steps } = plan(chosen(workload([`${web}@${elsewhere}`], given)), lines);
    expect(steps[0]?.changes[0]?.to).toBe(to);
  });
});

describe('a workload that is named', () => {
  test('moves from a digest of which nothing tells', () => {
    const image = `${web}@${elsewhere}`;
    const { steps } = plan(chosen(workload([image]), { named: true }));
    expect(steps).toMatchObject([{ kind: 'change', changes: [{ from: image, to: `${web}@${now}` }] }]);
  });

  const followed = { 'base-image-refresh/releases': JSON.stringify({ app0: `${web}:2@${elsewhere}` }) };
  test.each<[string, string, Given]>([
    ['a tag', `${web}:2`, {}],
    ['a tag beside a digest', `${web}:2@${elsewhere}`, {}],
    ['what an earlier run wrote down', `${web}@${elsewhere}`, { metadata: { annotations: followed } }],
  ])('does not leave the line of releases that it is on by %s', (_, image, given) => {
    const { steps, notes } = plan(chosen(workload([image], given), { named: true }));
    expect(steps).toEqual([]);
    const why = `app0 runs ${image} and was left unchanged: it is not one of ${web}:1, ${web}:latest`;
    expect(notes).toEqual([{ images: ['web 1'], words: `deployment shop/web: ${why}` }]);
  });

  test('is left where two releases could be meant', () => {
    const lines = [promotion(['1']), promotion(['2'], digest('d'))];
    const { steps, notes } = plan(chosen(workload([`${web}@${elsewhere}`]), { named: true }), lines);
    expect(steps).toEqual([]);
    expect(notes[0]?.words).toMatch(/were promoted to different digests, and it is not known which it follows$/);
  });

  test('that runs nothing of it is told of', () => {
    expect(plan(chosen(workload(['envoy:1']), { named: true })).notes).toEqual([
      { images: ['web 1'], words: 'deployment shop/web: none of the selected containers runs web 1' },
    ]);
  });
});

describe('two releases with one former digest', () => {
  test('are told apart by nothing but a tag', () => {
    const lines = [promotion(['1']), promotion(['2'], digest('d'))];
    const { steps, notes } = plan(chosen(workload([`${web}@${before}`])), lines);
    expect(steps).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(plan(chosen(workload([`${web}:2`])), lines).steps[0]?.changes[0]?.to).toBe(`${web}@${digest('d')}`);
  });
});

describe('when it takes effect', () => {
  test.each<[string, Given, object]>([
    ['a Deployment', {}, { kind: 'rollout' }],
    [
      'no replicas',
      { spec: { replicas: 0 } },
      { kind: 'pending', why: 'it has no replicas, so nothing shows that the image starts' },
    ],
    ['a StatefulSet', { kind: 'statefulset' }, { kind: 'rollout' }],
    [
      'a partition',
      {
        kind: 'statefulset',
        spec: { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      },
      { kind: 'pending', why: 'its partition is 2: pods below that keep the old image' },
    ],
    [
      'OnDelete',
      { kind: 'daemonset', spec: { updateStrategy: { type: 'OnDelete' } } },
      { kind: 'pending', why: 'its strategy is OnDelete: pods keep the old image until they are deleted' },
    ],
    ['a DaemonSet', { kind: 'daemonset', status: { desiredNumberScheduled: 1 } }, { kind: 'rollout' }],
    [
      'a DaemonSet without a node',
      { kind: 'daemonset' },
      { kind: 'pending', why: 'it is meant for no node, so nothing shows that the image starts' },
    ],
    ['a CronJob', { kind: 'cronjob' }, { kind: 'next-run', why: 'the next job runs it' }],
    [
      'a suspended CronJob',
      { kind: 'cronjob', spec: { suspend: true } },
      { kind: 'next-run', why: 'it is suspended, so no job runs until it is resumed' },
    ],
  ])('%s', (_, given, effect) => {
    expect(plan(chosen(workload([`${web}:1`], given))).steps).toMatchObject([{ kind: 'change', effect }]);
  });
});

describe('what is refused', () => {
  const label = (key: string) => ({ metadata: { labels: { [key]: 'x' } } });
  test.each<[string, Given]>([
    ['Argo CD', label('argocd.argoproj.io/instance')],
    ['Argo CD', { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' } } }],
    ['Argo CD', { metadata: { managedFields: [{ manager: 'argocd-controller' }] } }],
    ['Flux', label('kustomize.toolkit.fluxcd.io/name')],
    ['Flux', label('helm.toolkit.fluxcd.io/name')],
    ['Flux', { metadata: { managedFields: [{ manager: 'kustomize-controller' }] } }],
    ['Config Sync', label('configmanagement.gke.io/managed')],
    ['Rancher', label('objectset.rio.cattle.io/id')],
    ['Helm', { metadata: { annotations: { 'meta.helm.sh/release-name': 'web' } } }],
    ['Shop/main', { metadata: { ownerReferences: [{ kind: 'Shop', name: 'main', controller: true }] } }],
  ])('what %s manages, unless that is allowed', (manager, given) => {
    const each = chosen(workload([`${web}:1`], given));
    const [step] = plan(each).steps;
    expect(step).toMatchObject({
      kind: 'refuse',
      failure: { detail: `${manager} manages it and would revert the change, so nothing was changed` },
    });
    expect(plan(each, undefined, 'allow').steps).toMatchObject([{ kind: 'change' }]);
  });

  test('what somebody paused, allowed or not', () => {
    const each = chosen(workload([`${web}:1`], { spec: { paused: true } }));
    expect(plan(each, undefined, 'allow').steps).toMatchObject([
      {
        kind: 'refuse',
        failure: { detail: 'its rollout is paused, so nothing was changed', remedy: 'resume it and run again' },
      },
    ]);
  });

  test('an owner that does not control it, or kubectl itself, is nobody', () => {
    const metadata = {
      ownerReferences: [{ kind: 'Shop', name: 'main' }],
      managedFields: [{ manager: 'kubectl-client-side-apply' }, { manager: 'kube-controller-manager' }],
    };
    expect(plan(chosen(workload([`${web}:1`], { metadata }))).steps).toMatchObject([{ kind: 'change' }]);
  });

  test('what is there already is no change to refuse', () => {
    const each = chosen(workload([`${web}@${now}`], { spec: { paused: true } }));
    expect(plan(each).steps).toMatchObject([{ kind: 'keep' }]);
  });
});
