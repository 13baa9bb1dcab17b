import * as v from 'valibot';
import { severityOfWord } from '../adapters/words.ts';
import { type ReportOf, unusable } from '../document.ts';
import { type Finding, type Fix, withFix } from '../finding.ts';
import { newerVersion } from '../fix-words.ts';
import type { AssessedImage } from './query.ts';

const text = v.pipe(v.string(), v.minLength(1));
const score = v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(10)));
const status = v.object({ code: text, severity: v.optional(v.string(), '') });

/** A vulnerability of an image: a subassessment, as Microsoft documents the container vulnerability assessments. */
const subassessment = v.object({
  id: text,
  type: v.pipe(v.string(), v.regex(/\/subassessments$/i)),
  properties: v.object({
    id: v.optional(v.string(), ''),
    displayName: v.optional(v.string(), ''),
    description: v.optional(v.string(), ''),
    timeGenerated: v.optional(v.string(), ''),
    status,
    additionalData: v.object({
      cvssV30Score: score,
      artifactDetails: v.object({ registryHost: text, repositoryName: text, digest: text }),
      softwareDetails: v.object({
        packageName: text,
        version: v.optional(v.string(), ''),
        fixedVersion: v.optional(v.string(), ''),
        fixStatus: v.optional(v.string(), ''),
      }),
      vulnerabilityDetails: v.object({
        cveId: text,
        severity: v.optional(v.string(), ''),
        publishedDate: v.optional(v.string()),
        cvss: v.nullish(v.record(v.string(), v.nullish(v.object({ base: score })))),
        references: v.nullish(v.array(v.object({ link: v.optional(v.string(), '') }))),
      }),
    }),
  }),
});

/** The assessment of the image itself. */
const assessment = v.object({
  id: text,
  type: v.pipe(v.string(), v.regex(/\/assessments$/i)),
  properties: v.object({ status, timeGenerated: v.optional(v.string(), '') }),
});

const row = v.union([subassessment, assessment]);
type Subassessment = v.InferOutput<typeof subassessment>;

/** What Defender says of an image so far; `pending` until it says that there is something, or that there is nothing. */
export type Assessed =
  | { readonly kind: 'pending' }
  | { readonly kind: 'assessed'; readonly findings: readonly Finding[]; readonly generated: string | null };

/** Reads the rows of a query; throws `scan-failed` where one is of another image or of no known form. */
export function readRows(
  rows: readonly unknown[],
  image: AssessedImage,
  platforms: readonly string[],
  of: ReportOf,
): Assessed {
  const read = rows.map((each) => {
    const parsed = v.safeParse(row, each, { abortEarly: true });
    if (parsed.success) return parsed.output;
    throw unusable(of, 'has a row that is not of the known schema');
  });
  const vulnerabilities = read.filter((each): each is Subassessment => 'additionalData' in each.properties);
  for (const each of vulnerabilities) demandOf(each, image, of);
  // A finding that Defender exempts is still there: only the gate's own exceptions excuse it, with a reason.
  const open = vulnerabilities.filter(({ properties }) => !/^healthy$/i.test(properties.status.code));
  const isHealthy = read.some(
    (each) => !('additionalData' in each.properties) && /^healthy$/i.test(each.properties.status.code),
  );
  if (vulnerabilities.length === 0 && !isHealthy) return { kind: 'pending' };
  const times = read
    .map(({ properties }) => properties.timeGenerated)
    .filter((time) => !Number.isNaN(Date.parse(time)));
  return {
    kind: 'assessed',
    findings: open.map((each) => findingOf(each, platforms)),
    generated: times.sort().at(-1) ?? null,
  };
}

function demandOf({ properties }: Subassessment, image: AssessedImage, of: ReportOf): void {
  const { registryHost, repositoryName, digest } = properties.additionalData.artifactDetails;
  const isSame =
    digest.toLowerCase() === image.digest &&
    registryHost.toLowerCase() === image.registry.toLowerCase() &&
    repositoryName.toLowerCase() === image.repository.toLowerCase();
  if (!isSame) throw unusable(of, `is of ${registryHost}/${repositoryName}@${digest}`);
}

function findingOf({ properties }: Subassessment, platforms: readonly string[]): Finding {
  const { softwareDetails: software, vulnerabilityDetails: found, cvssV30Score } = properties.additionalData;
  const cvss = cvssV30Score ?? newestScore(found.cvss ?? {});
  const url = (found.references ?? []).find(({ link }) => link.startsWith('https://'))?.link;
  return {
    id: found.cveId,
    aliases: [],
    title: properties.description.split('\n')[0] ?? '',
    ...(url === undefined ? {} : { url }),
    package: { name: software.packageName },
    installed: software.version === '' ? 'unknown' : software.version,
    ...withFix(fixIn(software)),
    severity: severityOfWord(found.severity === '' ? properties.status.severity : found.severity),
    ...(cvss === undefined ? {} : { score: cvss }),
    owner: 'unknown',
    ...(found.publishedDate === undefined ? {} : { published: found.publishedDate }),
    platforms,
  };
}

// What Defender calls patchable: a fix is there, whether or not it names the version.
function fixIn({ fixedVersion, fixStatus }: Subassessment['properties']['additionalData']['softwareDetails']): Fix {
  if (fixedVersion !== '') return { kind: 'version', version: fixedVersion };
  if (/^fixavailable$/i.test(fixStatus)) return { kind: 'version', version: newerVersion };
  return /^(?:no|not|wont|scheduled)/i.test(fixStatus) ? { kind: 'none' } : { kind: 'unknown' };
}

function newestScore(
  scores: Readonly<Record<string, { readonly base?: number | null | undefined } | null | undefined>>,
) {
  const newestFirst = Object.entries(scores).sort(([a], [b]) => (a < b ? 1 : -1));
  return newestFirst.map(([, each]) => each?.base).find((base): base is number => typeof base === 'number');
}
