import * as v from 'valibot';
import { plainLines } from '../untrusted.ts';

/** What keeps a pod from running. */
export interface Trouble {
  /** `ImagePullBackOff`, `CrashLoopBackOff`, `Unschedulable`. */
  readonly reason: string;
  readonly words: string;
  /** Whether waiting longer is of no use once it has lasted a while; a node may still come. */
  readonly lasting: boolean;
  /** How often a container that runs now was started anew after it had failed. */
  readonly restarts: number;
}

const text = v.optional(v.string(), '');
const list = <T extends v.GenericSchema>(item: T) => v.nullish(v.array(item), []);
const ended = v.nullish(
  v.looseObject({ exitCode: v.optional(v.number(), 0), reason: text, message: text, finishedAt: text }),
);
const containerStatus = v.looseObject({
  name: text,
  restartCount: v.optional(v.number(), 0),
  state: v.nullish(
    v.looseObject({
      waiting: v.nullish(v.looseObject({ reason: text, message: text })),
      running: v.nullish(v.looseObject({})),
      terminated: ended,
    }),
    {},
  ),
  lastState: v.nullish(v.looseObject({ terminated: ended }), {}),
});
const pod = v.looseObject({
  metadata: v.looseObject({ name: text, deletionTimestamp: v.optional(v.string()) }),
  spec: v.looseObject({
    containers: list(v.looseObject({ image: text })),
    initContainers: list(v.looseObject({ image: text })),
  }),
  status: v.nullish(
    v.looseObject({
      conditions: list(v.looseObject({ type: text, status: text, reason: text, message: text })),
      containerStatuses: list(containerStatus),
      initContainerStatuses: list(containerStatus),
    }),
    {},
  ),
});

type Pod = v.InferOutput<typeof pod>;

/** What keeps the pods that run one of these images from becoming ready, the worst first; what is no pod is passed over. */
export function troublesOf(items: readonly unknown[], images: readonly string[], now: Date): readonly Trouble[] {
  const pods = items.flatMap((item) => {
    const parsed = v.safeParse(pod, item);
    return parsed.success ? [parsed.output] : [];
  });
  const found = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ spec }) => [...spec.containers, ...spec.initContainers].some(({ image }) => images.includes(image)))
    .flatMap((each) => [...containerTroubles(each, now), ...schedulingTroubles(each)]);
  const distinct = new Map(found.map((trouble) => [`${trouble.reason} ${trouble.words}`, trouble]));
  return [...distinct.values()].toSorted((a, b) => Number(b.lasting) - Number(a.lasting));
}

// A container that waits for these is being made, or waits for the one before it.
const ordinary = new Set(['', 'ContainerCreating', 'PodInitializing']);

// For so long the kubelet remembers a crash (Kubernetes, "Pod lifecycle", restart back-off).
const memory = 600_000;

function containerTroubles({ metadata, status }: Pod, now: Date): readonly Trouble[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap((each) => {
    const { state, lastState } = each;
    const place = `${each.name} of pod ${metadata.name}`;
    const crash = lastState?.terminated ?? state?.terminated;
    const exit = crash == null ? '' : `, exit code ${crash.exitCode}${said(crash.message)}`;
    const waiting = state?.waiting;
    if (waiting != null && !ordinary.has(waiting.reason)) {
      return [troubleOf(waiting.reason, `${place}: ${waiting.reason}${exit}${said(waiting.message)}`, true)];
    }
    const before = lastState?.terminated;
    if (state?.running != null && each.restartCount > 0 && before != null && before.exitCode !== 0) {
      // A time that is not stated is no reason to forget it.
      if (now.getTime() - Date.parse(before.finishedAt) >= memory) return [];
      const words = `${place}: was restarted, ${each.restartCount} times so far${exit}`;
      return [troubleOf('Restarted', words, false, each.restartCount)];
    }
    const failed = state?.terminated;
    if (failed == null || failed.exitCode === 0) return [];
    return [troubleOf('Error', `${place}: ended with ${failed.reason}${exit}`, false)];
  });
}

function schedulingTroubles({ metadata, status }: Pod): readonly Trouble[] {
  return (status?.conditions ?? [])
    .filter(({ type, status: state, reason }) => type === 'PodScheduled' && state === 'False' && reason !== '')
    .map(({ reason, message }) => troubleOf(reason, `pod ${metadata.name}: ${reason}${said(message)}`, false));
}

function troubleOf(reason: string, words: string, lasting: boolean, restarts = 0): Trouble {
  return { reason: oneLine(reason, 60), words: oneLine(words, 400), lasting, restarts };
}

function said(message: string): string {
  return message.trim() === '' ? '' : ` (${message.trim()})`;
}

/** Words of a cluster, which whoever made the image may have written, on one plain line. */
export function oneLine(message: string, longest: number): string {
  const line = plainLines(message).join(' ').replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
