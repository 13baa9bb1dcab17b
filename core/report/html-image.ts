import { describeFailure } from '../failure.ts';
import type { PolicyException } from '../gate.ts';
import { type RowBudget, scanMarkup } from './html-findings.ts';
import { type Markup, markup } from './html-markup.ts';
import { digestMarkup, outcomePill, severityMarkup, tableMarkup, versionsMarkup, vulnerability } from './html-parts.ts';
import { outcomeOf } from './outcome.ts';
import type { ReportedBase, ReportedImage } from './report.ts';
import { failuresOfImage } from './totals.ts';
import { baseSentence, counted, duration, evidenceOf, familiarName } from './words.ts';

const breachLimit = 200;

/** Everything about one image. */
export function imageCard(image: ReportedImage, anchor: string, budget: RowBudget): Markup {
  const { name, image: release, dockerfile, scan } = image;
  const published = release === null ? null : markup`<code>${familiarName(release)}</code>`;
  const from = dockerfile === '' ? null : markup` built from <code>${dockerfile}</code>`;
  return markup`<article class="card" id="${anchor}" aria-labelledby="${anchor}-name">
<header><h3 id="${anchor}-name">${name}</h3>${outcomePill(outcomeOf(image))}<span class="where">${published}${from}</span></header>
<div class="body">${failureBoxes(image)}${gateBox(image)}${basesTable(image)}${work(image)}
${scan === null || scan.failure !== null ? null : markup`<div>${scannerWords(image)}${scanMarkup(scan, budget)}</div>`}${exceptionList(image)}</div>
</article>
`;
}

function failureBoxes(image: ReportedImage): readonly Markup[] {
  return failuresOfImage(image).map(
    (failure) => markup`<div class="box bad"><p><b>Not finished.</b> ${describeFailure(failure)}</p></div>`,
  );
}

function gateBox({ gate }: ReportedImage): Markup | null {
  if (gate === null || gate.verdict === 'inconclusive') return null;
  if (gate.verdict === 'pass') return markup`<div class="box good"><p><b>Gate passed.</b></p></div>`;
  const items = gate.breaches.slice(0, breachLimit).map(({ finding, rule, advice }) => {
    const lapsed = rule === 'exception-expired' ? markup` <span class="pill warn">exception expired</span>` : null;
    return markup`<li>${severityMarkup(finding)} ${vulnerability(finding)} in <code>${finding.package.name}</code> ${versionsMarkup(finding)}${lapsed}<span class="todo">${advice}</span></li>`;
  });
  const more = gate.breaches.length - items.length;
  const cut = more === 0 ? null : markup`<li>${counted(more, 'more breach', 'more breaches')} in report.json.</li>`;
  return markup`<div class="box bad"><p><b>Gate failed</b> on ${counted(gate.breaches.length, 'finding')}: not promoted.</p><ul class="breaches">${items}${cut}</ul></div>`;
}

function basesTable({ bases }: ReportedImage): Markup | null {
  if (bases.length === 0) return null;
  const rows = bases.map(
    (base) =>
      markup`<tr><th scope="row"><code>${familiarName(base.reference)}</code><br><span class="soft">line ${base.line}${stageWords(base)}</span></th><td>${base.verdict}</td><td>${digestMarkup(base.from)}</td><td>${digestMarkup(base.to)}</td><td>${base.from === null ? '–' : evidenceOf(base)}</td><td>${baseSentence(base)}${platformLines(base)}</td></tr>\n`,
  );
  return tableMarkup('Bases', ['Base', 'State', 'Built on', 'Now', 'Known by', 'In words'], rows);
}

function stageWords({ stage }: ReportedBase): string {
  return stage === null ? '' : `, stage ${stage}`;
}

function platformLines({ platforms }: ReportedBase): Markup | null {
  if (platforms.length < 2) return null;
  const lines = platforms.map(
    ({ platform, from, to }) =>
      markup`<li><span class="move">${platform}: ${digestMarkup(from)} → ${digestMarkup(to)}</span></li>`,
  );
  return markup`<ul class="plain soft">${lines}</ul>`;
}

// Why it was rebuilt, by what, and what the release tags name now.
function work({ plan, build, promotion }: ReportedImage): Markup | null {
  const facts: readonly (Markup | null)[] = [
    plan === null
      ? null
      : fact(plan.action === 'rebuild' ? 'Rebuilt because' : 'Left alone', markup`${plan.because.join('; ')}`),
    build === null
      ? null
      : fact('Built', markup`by ${build.engine} in ${duration(build.durationMs)}, pins shown by ${build.evidence}`),
    build === null ? null : fact('Candidate', markup`<code>${build.candidate}</code>`),
    build === null
      ? null
      : fact(
          'Pinned',
          markup`<ul class="plain">${build.pinned.map(({ reference, digest }) => markup`<li><code>${familiarName(reference)}@${digest}</code></li>`)}</ul>`,
        ),
    ...(build?.notes ?? []).map((note) => fact('Note', markup`${note}`)),
    promotion === null
      ? build === null
        ? null
        : fact('Release tags', markup`not moved`)
      : fact('Promoted', markup`<code>${promotion.digest}</code>`),
    ...(promotion?.tags ?? []).map(({ reference, previous }) =>
      fact(
        'Release tag',
        markup`<span class="move"><code>${familiarName(reference)}</code> was ${previous === null ? 'not there' : digestMarkup(previous)}</span>`,
      ),
    ),
  ];
  return facts.every((each) => each === null) ? null : markup`<dl class="facts">${facts}</dl>`;
}

function fact(term: string, value: Markup): Markup {
  return markup`<dt>${term}</dt><dd>${value}</dd>`;
}

function scannerWords({ scan }: ReportedImage): Markup | null {
  if (scan === null || scan.scanner === null) return null;
  const { name, version, database } = scan.scanner;
  const age = database === null ? '' : `, database of ${database}`;
  return markup`<h4>Scan</h4><p class="soft">${name} ${version}${age}${scan.platforms.length === 0 ? '' : `, on ${scan.platforms.join(', ')}`}</p>`;
}

function exceptionList({ gate }: ReportedImage): Markup | null {
  if (gate === null || gate.exceptionsUsed.length + gate.exceptionsUnused.length === 0) return null;
  const item = (state: string) => (exception: PolicyException) =>
    markup`<li><span class="pill">${state}</span> <code>${exception.id}</code>${exception.package === undefined ? '' : ` in ${exception.package}`}${exception.expires === undefined ? '' : ` until ${exception.expires}`}: ${exception.reason}${exception.owner === undefined ? '' : ` (${exception.owner})`}</li>`;
  return markup`<div><h4>Exceptions</h4><ul class="plain">${gate.exceptionsUsed.map(item('used'))}${gate.exceptionsUnused.map(item('unused'))}</ul></div>`;
}
