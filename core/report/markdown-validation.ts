import { markdown } from '../text/escape.ts';
import type { Section } from './budget.ts';
import type { ReportedImage } from './report.ts';
import { changesIn, failedChecks, firstOf, testWords } from './validation-words.ts';

/** What the tests of an image said, and what changed in it against the published one. */
export function* validationSections(image: ReportedImage): Generator<Section> {
  const words = testWords(image);
  if (words !== undefined) yield listSection(`${words}`, failedChecks(image), 'test');
  const changes = changesIn(image);
  if (changes.length > 0) yield listSection(`${image.name}: changed against the published image.`, changes, 'change');
}

function listSection(title: string, lines: readonly string[], noun: string): Section {
  return {
    before: `\n### ${markdown(title.replace(/\.$/, ''))}\n\n`,
    rows: firstOf(lines).map((line) => `- ${markdown(line, 500)}\n`),
    after: '',
    total: lines.length,
    noun,
  };
}
