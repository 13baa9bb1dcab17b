import { type Digest, shortDigest } from '../../core/oci/digest.ts';
import type { Level } from '../../core/ports.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from '../../core/report/report.ts';
import { evidenceOf } from '../../core/report/words.ts';
import { shortened } from '../../core/text/words.ts';
import { type DebianPackage, debianPackages } from '../../testing/debian.ts';
import { hanging, type Ink, indented, type StoryPart } from './ink.ts';
import { demoThresholds } from './repository.ts';
import type { Stage } from './stage.ts';
import type { DemoTag } from './tags.ts';

/** What the demo is, before anything happens. */
export function opening(ink: Ink, host: string): readonly string[] {
  const about = `The whole pipeline without Docker: a registry runs inside this process, at ${host}, with two images on one base. Everything else is the product itself.`;
  return [
    '',
    ...indented([`${ink.bold('Base Image Refresh')}${ink.dim(' · demo')}`, '']),
    ...hanging('', about, ink.dim),
  ];
}

/** What is published, and what is built on what. */
export function publishedPart(ink: Ink, { base }: Stage, tags: readonly DemoTag[]): StoryPart {
  const row = (branch: string, name: string, digest: Digest | null, about: string) => {
    const lead = `${ink.dim(branch)}${ink.name(name)}${' '.repeat(Math.max(26 - branch.length - name.length, 1))}`;
    return `${lead}${ink.digest(shortened(digest))}   ${ink.dim(about)}`;
  };
  const first = (image: DemoTag['image']) => tags.find((tag) => tag.image === image);
  const gate = (image: DemoTag['image']) => `its gate is at ${demoThresholds[image]}`;
  return {
    title: 'What is published',
    lines: indented([
      row('', 'library/debian:12', base.old, 'the base of both'),
      row('└─ ', 'demo/platform:1', first('platform')?.before ?? null, gate('platform')),
      row('   └─ ', 'demo/web:3', first('web')?.before ?? null, gate('web')),
    ]),
  };
}

/** What the upstream update brought. */
export function upstreamPart(ink: Ink, { base }: Stage): StoryPart {
  const moved = `${ink.name('library/debian:12')}  ${ink.digest(shortDigest(base.old))} → ${ink.digest(shortDigest(base.new))}`;
  const { v1, v2 } = debianPackages;
  return { title: 'Upstream moves', lines: indented([moved, ...v2.flatMap((entry) => packageLine(ink, v1, entry))]) };
}

function packageLine(ink: Ink, old: readonly DebianPackage[], { name, version }: DebianPackage): readonly string[] {
  const was = old.find((entry) => entry.name === name)?.version;
  if (was === version) return [];
  const change = was === undefined ? `${ink.warn('new')} ${version}` : `${ink.dim(was)} → ${version}`;
  return [`  ${name.padEnd(16)}${change}`];
}

/** What was found stale and why, and on what each image stands after its rebuild. */
export function verdictPart(ink: Ink, { images }: RefreshReport): StoryPart {
  const lines = images.flatMap((image) => {
    const head = ink.name(image.name.padEnd(10));
    if (image.verdict === 'stale')
      return [`${head}${ink.warn('stale')}`, ...image.bases.flatMap((base) => staleLines(ink, base))];
    if (image.plan?.action !== 'rebuild') return [`${head}${image.verdict}`];
    return [
      `${head}${ink.warn('follows')}  ${image.plan.because.join('; ')}`,
      ...image.bases.flatMap((base) => followingLines(ink, base, image)),
    ];
  });
  return { title: 'What was stale, and why', lines: indented(lines) };
}

function staleLines(ink: Ink, base: ReportedBase): readonly string[] {
  return [
    `  built on ${ink.digest(shortened(base.from))}  ${ink.dim(`by ${evidenceOf(base)}`)}`,
    `  now      ${ink.digest(shortened(base.to))}  ${repositoryOf(base)}`,
  ];
}

// Its base was current when the run began: what makes it stale is this very run.
function followingLines(ink: Ink, base: ReportedBase, { build }: ReportedImage): readonly string[] {
  const pinned = build?.pinned.find(({ reference }) => reference === base.reference)?.digest ?? null;
  const now =
    pinned === null ? [] : [`  now      ${ink.digest(shortened(pinned))}  ${repositoryOf(base)}, from this run`];
  return [`  built on ${ink.digest(shortened(base.from))}`, ...now];
}

function repositoryOf({ reference }: ReportedBase): string {
  return reference.slice(reference.indexOf('/') + 1);
}

/** What the run says while it works: digests short, and the demo's own registry left out of names. */
export function logLines(ink: Ink, host: string, level: Level, message: string): readonly string[] {
  const short = message.replaceAll(`${host}/`, '').replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
  switch (level) {
    case 'debug':
      return hanging('  ', short, ink.dim);
    case 'info':
      return hanging('· ', short);
    case 'warning':
      return hanging('! ', short, ink.warn);
    case 'error':
      return hanging('× ', short, ink.bad);
  }
}
