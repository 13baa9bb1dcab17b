import type { Config } from '../../core/config/model.ts';
import type { Descriptor } from '../../core/oci/manifest.ts';
import type { Annotation, Conclusion, Host, Level } from '../../core/ports.ts';
import type { BuildOrder, Engine } from '../../core/rebuild/engine.ts';
import { createBuildGuard } from '../../core/rebuild/repeats/guard.ts';
import { createDiscovery, createSlots, type Run } from '../../core/refresh/context.ts';
import type { Finding } from '../../core/scan/finding.ts';
import type { Scanner } from '../../core/scan/scanner.ts';
import { createSourceTrees } from '../../core/source/worktrees.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { createHarness } from '../registry/harness.ts';
import { defaultBuild, defaultUpdate } from './default-settings.ts';

/** A host that keeps what it is told. */
export interface RecordingHost extends Host {
  readonly lines: { readonly level: Level; readonly message: string }[];
  readonly annotations: Annotation[];
  readonly printed: string[];
  readonly outputs: Record<string, string>;
  readonly attached: string[];
  ended?: { readonly conclusion: Conclusion; readonly message: string };
}

/** A host whose inputs are given and whose words can be read back. */
export function createRecordingHost(inputs: Readonly<Record<string, string>> = {}): RecordingHost {
  const host: RecordingHost = {
    kind: 'cli',
    lines: [],
    annotations: [],
    printed: [],
    outputs: {},
    attached: [],
    input: (name) => inputs[name],
    log: (level, message) => void host.lines.push({ level, message }),
    annotate: (annotation) => void host.annotations.push(annotation),
    secret: () => {},
    print: (text) => void host.printed.push(text),
    setOutput: (name, value) => {
      host.outputs[name] = value;
    },
    summarise: async () => {},
    attach: async (files) => void host.attached.push(...files.map(({ path }) => path)),
    conclude: (conclusion, message) => {
      host.ended = { conclusion, message };
    },
  };
  return host;
}

/** An engine that makes a small image out of what it was ordered and pushes it as the candidate. */
export function createTestEngine(
  server: TestRegistry,
  make: (order: BuildOrder) => Promise<Image | ImageIndex> = (order) => plainBuild(server, order),
): Engine & { readonly orders: BuildOrder[] } {
  const orders: BuildOrder[] = [];
  return {
    name: 'buildx',
    orders,
    suits: async () => ({ kind: 'suitable' }),
    rebuild: async (order) => {
      orders.push(order);
      const image = await make(order);
      const { repository, tag } = order.candidate;
      const { digest } = await pushImage(server.store, repository, image, tag);
      return {
        reference: { ...order.candidate, digest },
        digest,
        engine: 'buildx',
        pinned: order.pins,
        evidence: 'buildkit-provenance',
        durationMs: 1,
        notes: [],
      };
    },
  };
}

async function plainBuild(server: TestRegistry, order: BuildOrder): Promise<ImageIndex> {
  const { build, pins, annotations } = order;
  const content = `${build.name} on ${pins.map(({ digest }) => digest).join(' ')}`;
  const layers = [await makeLayer({ built: content })];
  return makeIndex([makeImage({ ...pinnedBase(server, order), layers })], { annotations });
}

/** The runtime base of an order, or the first of its images, as the registry has it; nothing where it has none. */
export function pinnedBase({ store }: TestRegistry, { pins }: BuildOrder): { readonly base?: Image } {
  const pin = pins.find(({ base }) => base.runtime);
  const top = pin === undefined ? undefined : store.manifest(pin.source.repository, pin.digest);
  if (pin === undefined || top === undefined) return {};
  const { repository } = pin.source;
  const entries = JSON.parse(String(top.bytes)).manifests ?? [{ digest: pin.digest }];
  const held = store.manifest(repository, entries[0].digest);
  if (held === undefined) return {};
  const { layers, config } = JSON.parse(String(held.bytes));
  const bytes = store.blob(repository, config.digest) ?? Buffer.from('');
  const document = JSON.parse(String(bytes));
  const own = layers.map((descriptor: Descriptor, at: number) => ({
    bytes: store.blob(repository, descriptor.digest),
    descriptor,
    diffId: document.rootfs.diff_ids[at],
  }));
  const { mediaType, digest } = held;
  const descriptor = { mediaType, digest, size: held.bytes.length };
  return {
    base: {
      kind: 'manifest',
      bytes: held.bytes,
      descriptor,
      config: { bytes, descriptor: config, document },
      layers: own,
    },
  };
}

/** A scanner that finds in each repository what it is told to. */
export function createTestScanner(find: (repository: string, digest: string) => readonly Finding[]): Scanner {
  return {
    name: 'test',
    scan: async ({ reference }) => ({
      scanner: { name: 'test', version: '1', database: null },
      findings: find(reference.repository, reference.digest),
      inventory: { packages: 1 },
    }),
  };
}

/** A finding of a severity in openssl. */
export function finding(id: string, severity: Finding['severity'] = 'critical', fixed = '3.0.22'): Finding {
  return {
    id,
    aliases: [],
    title: `${id} in openssl`,
    package: { name: 'openssl' },
    installed: '3.0.20',
    fixed,
    severity,
    owner: 'base',
    platforms: ['linux/amd64'],
  };
}

/** A configuration with every default for a folder, save that what is checked out is built: most tests have no git. */
export function testConfig(root: string, overrides: Partial<Config> = {}): Config {
  return {
    command: 'refresh',
    root,
    operands: [],
    files: [],
    include: [],
    exclude: [],
    allowEmpty: false,
    images: [],
    imageInputs: {},
    tags: [],
    args: {},
    platforms: [],
    gate: { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] },
    tests: { timeout: 60_000, runner: 'auto', structure: [], absent: [] },
    promotion: { keepCandidates: false, candidateMaxAge: 86_400_000 },
    deploy: { targets: [] },
    admission: { controller: 'kyverno' },
    trust: [],
    trustAttested: [],
    hardening: false,
    engine: 'auto',
    source: 'checkout',
    continuity: { accept: [] },
    build: defaultBuild,
    rebase: { policy: 'when-safe', smokeRun: true, candidateOnly: false },
    scanner: { skipDatabaseUpdate: true },
    registry: { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 16, deadline: 60_000 },
    concurrency: 4,
    fleet: { shards: 'auto', parentWait: 0, changedBases: [] },
    dryRun: false,
    force: false,
    failOn: 'never',
    objectives: [],
    update: defaultUpdate,
    format: 'table',
    outputDirectory: `${root}/.base-image-refresh`,
    historyFile: `${root}/.base-image-refresh/history.json`,
    verbose: false,
    ...overrides,
  };
}

/** A run over real files and HTTP with the engine and scanner given. */
export function createTestRun(
  config: Config,
  parts: { readonly engine: Engine; readonly scanner: Scanner; readonly host?: Host },
): Run {
  const { registry, world } = createHarness(config.registry);
  const host = parts.host ?? createRecordingHost();
  return {
    config,
    host,
    world,
    registry,
    engines: [parts.engine],
    scanner: parts.scanner,
    slots: createSlots(config.concurrency),
    guard: createBuildGuard(registry, world, {
      attempts: config.build.attempts,
      force: config.force,
      warn: (line) => host.log('warning', line),
    }),
    trees: createSourceTrees(world, config.root),
    discoverIn: createDiscovery(config, world),
    startedAt: world.now(),
  };
}
