import { severities } from '../scan/finding.ts';
import { namesOf } from '../table.ts';
import { isOutdated, outcomeCounts, outcomeOf } from './outcome.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** One metric of a report; all are gauges of the last run. */
export interface Metric {
  /** Without prefix and unit. */
  readonly name: string;
  /** Absent where things are counted. */
  readonly unit?: 'seconds';
  readonly help: string;
  readonly samples: (report: RefreshReport) => readonly Sample[];
}

/** Every metric, in the order in which it is written. */
export const metrics: readonly Metric[] = [
  {
    name: 'run_timestamp',
    unit: 'seconds',
    help: 'When the run ended, in seconds since 1970; a schedule that has stopped leaves it behind.',
    samples: ({ finishedAt, command }) => [[{ command }, Date.parse(finishedAt) / 1000]],
  },
  {
    name: 'run_duration',
    unit: 'seconds',
    help: 'How long the run took.',
    samples: ({ startedAt, finishedAt, command }) => [
      [{ command }, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000],
    ],
  },
  {
    name: 'run_failures',
    help: 'Failures outside any image.',
    samples: ({ failures, command }) => [[{ command }, failures.length]],
  },
  {
    name: 'images',
    help: 'Images by how far they came.',
    samples: ({ images }) => {
      const counts = outcomeCounts(images);
      return namesOf(counts).map((outcome) => [{ outcome }, counts[outcome]]);
    },
  },
  {
    name: 'image_outcome',
    help: 'How far an image came: 1 with the outcome as label.',
    samples: ({ images }) => images.map((image) => [{ ...labelsOf(image), outcome: outcomeOf(image) }, 1]),
  },
  {
    name: 'base_behind',
    unit: 'seconds',
    help: 'For how long the base of an image has been newer than what the image stands on.',
    samples: ({ images }) => images.flatMap(behind),
  },
  {
    name: 'image_findings',
    help: 'Findings of the image that was scanned, by severity: all, those that the refresh fixed, those that it introduced.',
    samples: ({ images }) => images.flatMap(findings),
  },
  {
    name: 'image_breaches',
    help: 'Findings of an image that are against policy.',
    samples: ({ images }) =>
      images.flatMap((image) => (image.gate === null ? [] : [[labelsOf(image), image.gate.breaches.length]])),
  },
  {
    name: 'build_duration',
    unit: 'seconds',
    help: 'How long the build of an image took.',
    samples: ({ images }) =>
      images.flatMap((image) =>
        image.build === null
          ? []
          : [[{ ...labelsOf(image), engine: image.build.engine }, image.build.durationMs / 1000]],
      ),
  },
  {
    name: 'registry_requests',
    help: 'Requests of the run to registries.',
    samples: ({ requests }) =>
      (['head', 'get', 'token', 'write'] as const).map((method) => [{ method }, requests[method]]),
  },
  {
    name: 'objective_met',
    help: 'Whether a freshness objective is met: 1 or 0.',
    samples: ({ objectives = [] }) => objectives.map(({ objective, met }) => [{ objective }, met ? 1 : 0]),
  },
];

/** The samples of a metric, each series once: of images that share name and reference, the first counts. */
export function samplesOf(metric: Metric, report: RefreshReport): readonly Sample[] {
  const found = new Map<string, Sample>();
  for (const sample of metric.samples(report)) {
    const key = JSON.stringify(sample[0]);
    if (!found.has(key)) found.set(key, sample);
  }
  return [...found.values()];
}

function labelsOf({ name, image }: ReportedImage): Labels {
  return { name, image: image ?? '' };
}

function behind(image: ReportedImage): readonly Sample[] {
  return image.bases
    .filter((base) => isOutdated(image, base))
    .flatMap(({ reference, moved }): readonly Sample[] =>
      moved === undefined ? [] : [[{ ...labelsOf(image), base: reference }, moved.ageMs / 1000]],
    );
}

function findings(image: ReportedImage): readonly Sample[] {
  const { scan } = image;
  if (scan === null || scan.failure !== null) return [];
  return (
    [
      ['all', scan.findings],
      ['fixed', scan.fixed],
      ['introduced', scan.introduced],
    ] as const
  ).flatMap(([state, list]) =>
    severities.map((severity): Sample => {
      const count = list.filter((finding) => finding.severity === severity).length;
      return [{ ...labelsOf(image), severity, state }, count];
    }),
  );
}
