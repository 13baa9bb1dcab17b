import type { RefreshReport, ReportedImage, ReportedScan } from '../../core/report/report.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { counted, duration, shortened } from '../../core/text/words.ts';
import { hanging, type Ink, indented, type StoryPart } from './ink.ts';
import { demoThresholds } from './repository.ts';
import { failureLines } from './story-findings.ts';
import type { DemoTag } from './tags.ts';
import type { LayerTraffic } from './traffic.ts';

/** What the gate said of each rebuilt image. */
export function gatePart(ink: Ink, { images, dryRun }: RefreshReport): StoryPart {
  return { title: 'The gate', lines: dryRun ? [] : images.flatMap((image) => gateLines(ink, image)) };
}

function gateLines(ink: Ink, { name, gate, failure, scan }: ReportedImage): readonly string[] {
  const head = ink.name(name.padEnd(10));
  if (gate === null) {
    const reason = failure === null ? [] : failureLines(ink, failure);
    return [...indented([`${head}${ink.warn('not reached')}`]), ...reason];
  }
  const policy = name === 'web' ? demoThresholds.web : demoThresholds.platform;
  switch (gate.verdict) {
    case 'pass':
      return indented([`${head}${ink.good('pass')}  no finding of severity ${policy} or worse has a fix`]);
    case 'inconclusive':
      return [
        ...indented([`${head}${ink.bad('inconclusive')}  what was not scanned does not pass`]),
        ...(gate.failure === null ? [] : failureLines(ink, gate.failure)),
      ];
    case 'fail':
      return [
        ...indented([`${head}${ink.bad('fail')}  a finding of severity ${policy} or worse has a fix`]),
        ...gate.breaches.flatMap(({ finding, advice }) => breachLines(ink, finding, advice, scan)),
      ];
  }
}

function breachLines(ink: Ink, finding: Finding, advice: string, scan: ReportedScan | null): readonly string[] {
  const isNew = scan?.introduced.some(({ id }) => id === finding.id) === true;
  const origin = isNew ? ', new with its base' : '';
  const words = `${finding.severity} ${finding.id} in ${finding.package.name} ${finding.installed}${origin}`;
  const column = ' '.repeat(16);
  return [...hanging(column, words, ink.warn), ...hanging(column, advice, ink.dim)];
}

/** Where the release tags are now, by the registry's own answer. */
export function tagsPart(ink: Ink, tags: readonly DemoTag[]): StoryPart {
  const lines = tags.map(({ reference, before, after }) => {
    const name = ink.name(reference.slice(reference.indexOf('/') + 1).padEnd(22));
    if (before === after) return `${name}${ink.digest(shortened(before))}  ${ink.warn('left as it was')}`;
    return `${name}${ink.digest(shortened(before))} → ${ink.digest(shortened(after))}  ${ink.good('promoted')}`;
  });
  return { title: 'The release tags, as the registry has them now', lines: indented(lines) };
}

/** Where to read on, and what it took. */
export function reportsPart(
  ink: Ink,
  report: RefreshReport,
  files: readonly string[],
  layers: LayerTraffic,
): StoryPart {
  const { head, get, write, uploadedBytes } = report.requests;
  const taken = duration(Date.parse(report.finishedAt) - Date.parse(report.startedAt));
  const asked = `${counted(head + get, 'read')} and ${counted(write, 'write')} in ${taken}.`;
  const moved = `Layers mounted: ${layers.mounted}, uploaded: ${layers.uploaded}. Bytes sent in all: ${uploadedBytes}.`;
  const lines = [...indented(files), '', ...hanging('', write === 0 ? asked : `${asked} ${moved}`, ink.dim)];
  return { title: 'The reports', lines };
}

/** How the story went. */
export type StoryEnding = 'as-expected' | 'dry-run' | 'unscanned' | 'otherwise';

/** Whether one image was promoted and the other held for what its base brought, by report and registry alike. */
export function storyEnding({ images, dryRun }: RefreshReport, tags: readonly DemoTag[]): StoryEnding {
  if (dryRun) return tags.some(hasMoved) ? 'otherwise' : 'dry-run';
  const named = (name: string) => images.find((image) => image.name === name);
  if (images.some(isUnscanned)) return tags.some(hasMoved) ? 'otherwise' : 'unscanned';
  const [platform, web] = [named('platform'), named('web')];
  const isPromoted =
    platform?.promotion != null &&
    tags.every((tag) => tag.image !== 'platform' || tag.after === platform.promotion?.digest);
  const introduced = web?.scan?.introduced.map(({ id }) => id) ?? [];
  const breaches = web?.gate?.breaches ?? [];
  const isHeld = breaches.length > 0 && breaches.every(({ finding }) => introduced.includes(finding.id));
  const isLeft = tags.every((tag) => tag.image !== 'web' || !hasMoved(tag));
  return isPromoted && isHeld && isLeft ? 'as-expected' : 'otherwise';
}

// Where nothing here can scan, nothing is built either.
function isUnscanned({ gate, failure }: ReportedImage): boolean {
  return gate?.verdict === 'inconclusive' || (gate === null && failure?.code === 'missing-tool');
}

function hasMoved({ before, after }: DemoTag): boolean {
  return before !== after;
}

/** The last words. */
export function storyClosing(ink: Ink, ending: StoryEnding): readonly string[] {
  switch (ending) {
    case 'as-expected':
      return [
        '',
        ...hanging(
          '',
          'One image passed and is released on its new base. The other is held: its release tag still names what it named before.',
          ink.bold,
        ),
        ...hanging('', 'Yours next: base-image-refresh check PATH --image REGISTRY/REPOSITORY:TAG', ink.dim),
        '',
      ];
    case 'dry-run':
      return [
        '',
        ...hanging('', 'A dry run: nothing was built, and nothing was written to the registry.', ink.bold),
        '',
      ];
    case 'unscanned':
      return ['', ...hanging('', 'Without a scan nothing passes: no release tag has moved.', ink.bad), ''];
    case 'otherwise':
      return ['', ...hanging('', 'The run did not go as this demo expects; the reports say how it went.', ink.bad), ''];
  }
}
