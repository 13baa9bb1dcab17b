import { describeFailure } from '../failure.ts';
import type { Annotation } from '../ports.ts';
import { visibleText } from '../text/escape.ts';
import { counted } from '../text/words.ts';
import { worstFirst } from './findings.ts';
import { fixPhrase } from './fix-phrase.ts';
import { dockerfilePath, isOutdated, runtimeBase } from './outcome.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { failuresOfImage } from './totals.ts';
import { baseSentence, imageFailureWords } from './words.ts';

/** GitHub shows ten of each level a step and cuts messages at 4,096 characters; the rest it drops without a word. */
const perLevel = 10;
const messageLimit = 4000;
const breachesNamed = 10;

/** What to show beside the FROM lines: failures and gate breaches as errors, stale bases as warnings, bounded a level. */
export function annotationsOf(report: RefreshReport): readonly Annotation[] {
  const errors = [
    ...report.failures.flatMap((failure) => dockerfileAnnotation(failure)),
    ...report.images.flatMap(failureAnnotations),
    ...report.images.flatMap(breachAnnotation),
  ];
  return [...bounded(errors), ...bounded(report.images.flatMap(staleAnnotations))];
}

function bounded(annotations: readonly Annotation[]): readonly Annotation[] {
  const last = annotations[perLevel - 1];
  if (last === undefined || annotations.length === perLevel) return annotations;
  const missing = counted(annotations.length - perLevel + 1, 'more message');
  const message = `${missing} left out here; the report names them all.`;
  return [...annotations.slice(0, perLevel - 1), { ...last, title: 'Base image refresh', message }];
}

// Only the failure of a Dockerfile has a place in the repository: its subject is the path.
function dockerfileAnnotation(failure: RefreshReport['failures'][number]): readonly Annotation[] {
  if (failure.code !== 'dockerfile' || failure.subject === '') return [];
  const line = Number(/\bline (\d{1,7})\b/.exec(failure.detail)?.[1] ?? 1);
  return [
    annotation(
      'error',
      { path: failure.subject, line: Math.max(1, line) },
      'Dockerfile not read',
      describeFailure(failure),
    ),
  ];
}

function failureAnnotations(image: ReportedImage): readonly Annotation[] {
  const path = dockerfilePath(image);
  if (path === undefined) return [];
  return failuresOfImage(image).map((failure) => {
    const base = image.bases.find((candidate) => candidate.failure !== null && sameFailure(candidate.failure, failure));
    const place = { path, line: (base ?? runtimeBase(image))?.line ?? 1 };
    return annotation('error', place, `${image.name}: not finished`, imageFailureWords(image.name, failure));
  });
}

function sameFailure(a: { code: string; subject: string; detail: string }, b: typeof a): boolean {
  return a.code === b.code && a.subject === b.subject && a.detail === b.detail;
}

function breachAnnotation(image: ReportedImage): readonly Annotation[] {
  const { gate, name } = image;
  const path = dockerfilePath(image);
  if (gate === null || gate.breaches.length === 0 || path === undefined) return [];
  const worst = worstFirst(gate.breaches.map(({ finding }) => finding)).slice(0, breachesNamed);
  const named = worst.map((finding) => {
    const { id, severity, package: part, installed } = finding;
    const remedy = fixPhrase(finding);
    return `${id} (${severity}) in ${part.name} ${installed}, ${remedy}`;
  });
  const more = gate.breaches.length - named.length;
  const message = `${name}: gate failed on ${counted(gate.breaches.length, 'finding')}: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
  return [annotation('error', { path, line: runtimeBase(image)?.line ?? 1 }, `${name}: gate failed`, message)];
}

function staleAnnotations(image: ReportedImage): readonly Annotation[] {
  const { name, bases } = image;
  const path = dockerfilePath(image);
  if (path === undefined) return [];
  return bases
    .filter((base) => isOutdated(image, base))
    .map((base) => {
      const place = { path, line: base.line };
      return annotation('warning', place, `${name}: stale base`, `${name}: ${baseSentence(base)}`);
    });
}

function annotation(
  level: Annotation['level'],
  { path, line }: { readonly path: string; readonly line: number },
  title: string,
  message: string,
): Annotation {
  return {
    level,
    path: visibleText(path, 500),
    line,
    title: visibleText(title, 200),
    message: visibleText(message, messageLimit),
  };
}
