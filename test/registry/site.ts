import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { annotationKeys } from '../../core/oci/manifest.ts';
import type { Conclusion, World } from '../../core/ports.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { createRecordingHost } from '../support/run.ts';

/** What `check` said of the site's one image. */
export interface Answer {
  readonly conclusion: Conclusion;
  readonly report: RefreshReport;
  readonly image: ReportedImage;
  readonly printed: string;
  readonly lines: readonly string[];
}

/** A repository whose image team/web:1 is current on library/base:1, both in the test registry. */
export interface Site {
  readonly root: string;
  /** Publishes another base under the tag that the image is built on. */
  moveBase(): Promise<void>;
  check(inputs?: Readonly<Record<string, string>>, world?: Partial<World>): Promise<Answer>;
  remove(): Promise<void>;
}

/** `from` is how the Dockerfile names the registry of the base. */
export async function openSite(server: TestRegistry, from = server.host): Promise<Site> {
  const root = await mkdtemp(join(tmpdir(), 'bir-site-'));
  await writeFile(join(root, 'Dockerfile'), `FROM ${from}/library/base:1\nCOPY . /app\n`);
  const layers = [await makeLayer({ 'etc/base': 'one' })];
  const { digest } = await pushImage(server.store, 'library/base', makeImage({ layers }), '1');
  const annotations = { [annotationKeys.baseName]: `${from}/library/base:1`, [annotationKeys.baseDigest]: digest };
  const own = makeImage({ layers: [...layers, await makeLayer({ app: 'web' })], annotations });
  await pushImage(server.store, 'team/web', own, '1');
  return {
    root,
    moveBase: async () => {
      const moved = makeImage({ layers: [await makeLayer({ 'etc/base': 'two' })] });
      await pushImage(server.store, 'library/base', moved, '1');
    },
    check: (inputs, world) => check(root, { image: `${server.host}/team/web:1`, ...inputs }, world),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function check(
  root: string,
  inputs: Readonly<Record<string, string>>,
  overrides: Partial<World> = {},
): Promise<Answer> {
  const real = createWorld({ cwd: root });
  const host = createRecordingHost({ command: 'check', path: root, ...inputs });
  const env = { HOME: '/nonexistent', PATH: process.env.PATH };
  const conclusion = await run(host, { ...real, env, sleep: async () => {}, ...overrides });
  await real.close();
  const text = await readFile(join(root, '.base-image-refresh/report.json'), 'utf8').catch(() => '{"images":[]}');
  const report: RefreshReport = JSON.parse(text);
  const lines = host.lines.map(({ level, message }) => `${level}: ${message}`);
  return { conclusion, report, image: report.images[0] as ReportedImage, printed: host.printed.join('\n'), lines };
}
