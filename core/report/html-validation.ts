import { type Markup, markup } from './html-markup.ts';
import type { ReportedImage } from './report.ts';
import { changesIn, failedChecks, firstOf, testWords } from './validation-words.ts';

/** The tests of an image and what changed in it, for its card of the page. */
export function validationMarkup(image: ReportedImage): Markup | null {
  const words = testWords(image);
  const changes = firstOf(changesIn(image)).map((line) => markup`<li>${line}</li>`);
  const failed = firstOf(failedChecks(image)).map((line) => markup`<li>${line}</li>`);
  const tone = image.validation?.verdict === 'pass' ? 'good' : 'bad';
  const tests =
    words === undefined
      ? null
      : markup`<div class="box ${tone}"><p>${words}</p><ul class="breaches">${failed}</ul></div>`;
  const changed =
    changes.length === 0
      ? null
      : markup`<div><h4>Changed against the published image</h4><ul class="plain">${changes}</ul></div>`;
  return tests === null && changed === null ? null : markup`${tests}${changed}`;
}
