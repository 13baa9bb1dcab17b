import { describeFailure } from '../../failure.ts';
import type { PolicyException } from '../../gate/policy.ts';
import { counted, duration } from '../../text/words.ts';
import { breakLines, continuityLines, continuityWords } from '../continuity.ts';
import { deploymentLines, leftWords } from '../delivery-words.ts';
import { baseFixWords, exceptionBounds, ownPolicyWords } from '../findings.ts';
import { dockerfilePath, outcomeOf, standsOn } from '../outcome.ts';
import type { ReportedBase, ReportedImage, ReportedScan } from '../report.ts';
import { changesIn, failedChecks, firstOf, hardeningWords, scanWords, testWords } from '../scan-words.ts';
import { stagesWords } from '../stages.ts';
import { failuresOfImage } from '../totals.ts';
import { evidenceName, evidenceOf } from '../words.ts';
import { type RowBudget, scanMarkup, takeBreaches } from './findings.ts';
import { type Markup, markup } from './markup.ts';
import {
  digestMarkup,
  moveMarkup,
  outcomePill,
  referenceMarkup,
  severityMarkup,
  tableMarkup,
  versionsMarkup,
  vulnerability,
} from './parts.ts';
import { daysLeft } from './promises.ts';

/** Everything about one image. */
export function imageCard(image: ReportedImage, anchor: string, budget: RowBudget, now: string): Markup {
  const { name, image: release, scan } = image;
  const dockerfile = dockerfilePath(image);
  const published = release === null ? null : referenceMarkup(release);
  const from = dockerfile === undefined ? null : markup` built from <code>${dockerfile}</code>`;
  const card = markup`<article class="card" id="${anchor}" aria-labelledby="${anchor}-name">
<header><h3 id="${anchor}-name">${name}</h3>${outcomePill(outcomeOf(image))}<span class="where">${published}${from}</span></header>
<div class="body">${failureBoxes(image)}${gateBox(image, budget)}${validationMarkup(image)}${continuityMarkup(image)}${basesTable(image)}${work(image)}${deploymentMarkup(image)}
${scan === null || scan.failure !== null ? null : markup`<div>${scannedBy(image)}${scanMarkup(scan, name, budget)}${hardeningMarkup(scan)}</div>`}${exceptionList(image, now)}</div>
</article>
`;
  budget.images -= 1;
  return card;
}

function failureBoxes(image: ReportedImage): readonly Markup[] {
  return failuresOfImage(image).map(
    (failure) => markup`<div class="box bad"><p><b>Not finished.</b> ${describeFailure(failure)}</p></div>`,
  );
}

function gateBox({ gate }: ReportedImage, budget: RowBudget): Markup | null {
  if (gate === null || gate.verdict === 'inconclusive') return null;
  if (gate.verdict === 'pass')
    return markup`<div class="box good"><p><b>Gate passed.</b>${ownPolicyWords(gate)}</p></div>`;
  const items = takeBreaches(gate.breaches, budget).map(({ finding, rule, advice }) => {
    const lapsed = rule === 'exception-expired' ? markup` <span class="pill warn">exception expired</span>` : null;
    return markup`<li>${severityMarkup(finding)} ${vulnerability(finding)} in <code>${finding.package.name}</code> ${versionsMarkup(finding)}${lapsed}<span class="todo">${advice}</span></li>`;
  });
  const more = gate.breaches.length - items.length;
  const cut = more === 0 ? null : markup`<li>${counted(more, 'more breach', 'more breaches')} in report.json.</li>`;
  return markup`<div class="box bad"><p><b>Gate failed</b> on ${counted(gate.breaches.length, 'finding')}: not promoted.${ownPolicyWords(gate)}</p><ul class="breaches">${items}${cut}</ul></div>`;
}

function hardeningMarkup({ hardening }: ReportedScan): Markup | null {
  if (hardening === undefined) return null;
  const items = hardeningWords(hardening).map((words) => markup`<li>${words}</li>`);
  return markup`<h4>The image itself</h4><ul class="plain">${items}</ul>`;
}

function basesTable(image: ReportedImage): Markup | null {
  if (image.bases.length === 0) return null;
  const rows = image.bases.map(
    (base) =>
      markup`<tr><th scope="row">${referenceMarkup(base.reference)}<span class="place">line ${base.line}${stageWords(base)}</span></th><td data-label="State">${baseState(base)}</td><td data-label="Built on → now">${moveMarkup({ from: base.from, to: standsOn(image, base) })}${platformLines(base)}</td><td data-label="Known by">${base.from === null ? '–' : evidenceOf(base)}</td></tr>\n`,
  );
  return markup`<div class="cards">${tableMarkup('Bases', ['Base', 'State', 'Built on → now', 'Known by'], rows)}</div>`;
}

function stageWords({ stage }: ReportedBase): string {
  return stage === null ? '' : `, stage ${stage}`;
}

function baseState({ verdict }: ReportedBase): string {
  return verdict === 'unchanged-for-platforms' ? 'unchanged for these platforms' : verdict.replace('-', ' ');
}

function platformLines({ platforms, verdict }: ReportedBase): Markup | null {
  if (platforms.length === 0 || verdict === 'current') return null;
  const lines = platforms.map((change) => markup`<li>${change.platform} ${moveMarkup(change)}</li>`);
  return markup`<ul class="platforms">${lines}</ul>`;
}

// Why it was rebuilt, by what, and what the release tags name now.
function work(image: ReportedImage): Markup | null {
  const { plan, build, promotion, signature } = image;
  const left = leftWords(image);
  const took = stagesWords(image.stages ?? []);
  const facts: readonly (Markup | null)[] = [
    plan === null
      ? null
      : fact(plan.action === 'rebuild' ? 'Reason' : 'Left alone', markup`${plan.because.join('; ')}`),
    plan?.engine === undefined ? null : fact('Would be built', markup`by ${plan.engine.name} (${plan.engine.why})`),
    plan?.held === undefined ? null : fact('Would be held', markup`${describeFailure(plan.held)}`),
    build === null
      ? null
      : fact(
          'Built',
          markup`by ${build.engine} in ${duration(build.durationMs)}, pins shown by ${evidenceName(build.evidence)}`,
        ),
    took === undefined ? null : fact('Took', markup`${took}`),
    build === null ? null : fact('Candidate', referenceMarkup(build.candidate)),
    left === undefined ? null : fact(image.candidate?.state === 'lost' ? 'May be lost' : 'Left', markup`${left}`),
    build === null
      ? null
      : fact(
          'Pinned',
          markup`<ul class="plain">${build.pinned.map(({ reference, digest }) => markup`<li>${referenceMarkup(`${reference}@${digest}`)}</li>`)}</ul>`,
        ),
    ...(build?.notes ?? []).map((note) => fact('Note', markup`${note}`)),
    promotion === null
      ? build === null
        ? null
        : fact('Release tags', markup`not moved`)
      : fact('Promoted', markup`<code>${promotion.digest}</code>`),
    ...(promotion?.tags ?? []).map(({ reference, previous, rollback }) =>
      fact(
        'Release tag',
        markup`<span class="move">${referenceMarkup(reference)} was ${previous === null ? 'not there' : digestMarkup(previous)}${rollback === undefined ? null : markup`, kept as ${referenceMarkup(rollback)}`}</span>`,
      ),
    ),
    signature === null ? null : fact('Signed', markup`${signedWords(signature)}`),
  ];
  return facts.every((each) => each === null) ? null : markup`<dl class="facts">${facts}</dl>`;
}

function continuityMarkup(image: ReportedImage): Markup | null {
  const words = continuityWords(image);
  if (words === undefined) return null;
  const items = firstOf(continuityLines(image)).map((line) => markup`<li>${line}</li>`);
  const tone = breakLines(image).length > 0 ? 'bad' : 'good';
  return markup`<div class="box ${tone}"><p><b>Continuity.</b> ${words}</p><ul class="plain">${items}</ul></div>`;
}

function deploymentMarkup(image: ReportedImage): Markup | null {
  const items = firstOf(deploymentLines(image)).map((line) => markup`<li>${line}</li>`);
  return items.length === 0 ? null : markup`<div><h4>Deployment</h4><ul class="plain">${items}</ul></div>`;
}

function signedWords({ tool, key, attestations }: NonNullable<ReportedImage['signature']>): string {
  const by = key === null ? 'by an identity token' : `with ${key}`;
  return `${tool}, ${by}${attestations.length === 0 ? '' : `, attesting ${attestations.join(', ')}`}`;
}

function fact(term: string, value: Markup): Markup {
  return markup`<dt>${term}</dt><dd>${value}</dd>`;
}

function scannedBy(image: ReportedImage): Markup | null {
  const { scan } = image;
  if (scan === null || scan.scanner === null) return null;
  const moved = baseFixWords(image);
  return markup`<h4>Scan</h4><p class="soft">${scanWords(scan)}${scan.platforms.length === 0 ? '' : `, on ${scan.platforms.join(', ')}`}${moved === '' ? null : markup`<br>${moved}`}</p>`;
}

function exceptionList({ gate }: ReportedImage, now: string): Markup | null {
  if (gate === null || gate.exceptionsUsed.length + gate.exceptionsUnused.length === 0) return null;
  const item = (state: string) => (exception: PolicyException) =>
    markup`<li><span class="pill">${state}</span> <code>${exception.id}</code> <span class="soft">${exceptionBounds(exception)}</span> ${daysLeft(exception, now)}<br>${exception.reason}</li>`;
  return markup`<div><h4>Exceptions</h4><ul class="plain">${gate.exceptionsUsed.map(item('used'))}${gate.exceptionsUnused.map(item('unused'))}</ul></div>`;
}

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
