import { type Finding, fixOf } from '../../scan/finding.ts';
import { safeLink } from '../../text/escape.ts';
import { shortened } from '../../text/words.ts';
import { fixPhrase } from '../fix-phrase.ts';
import { type ImageOutcome, outcomeLabel, toneOf } from '../outcome.ts';
import { familiarName } from '../words.ts';
import { type Markup, markup, trusted } from './markup.ts';

/** The outcome of an image as a pill. */
export function outcomePill(outcome: ImageOutcome): Markup {
  return markup`<span class="pill ${toneOf(outcome)}">${outcomeLabel(outcome)}</span>`;
}

/** A reference that breaks where its parts end. */
export function referenceMarkup(reference: string): Markup {
  const parts = familiarName(reference).split('/');
  return markup`<code>${parts.map((part, index) => (index === 0 ? part : markup`/<wbr>${part}`))}</code>`;
}

/** A digest, short, whole in its title; a dash where there is none. */
export function digestMarkup(digest: string | null): Markup {
  return digest === null ? trusted('–') : markup`<code class="digest" title="${digest}">${shortened(digest)}</code>`;
}

/** From which digest to which; a digest alone where it did not move. */
export function moveMarkup({ from, to }: { readonly from: string | null; readonly to: string | null }): Markup {
  if (from === to) return digestMarkup(to);
  return markup`<span class="move">${digestMarkup(from)} → ${digestMarkup(to)}</span>`;
}

/** The name of a vulnerability, a link where its address is plain https. */
export function vulnerability({ id, url }: Finding): Markup {
  const address = safeLink(url);
  return address === undefined
    ? markup`${id}`
    : markup`<a href="${address}" target="_blank" rel="noopener noreferrer">${id}</a>`;
}

/** A severity as a coloured word. */
export function severityMarkup({ severity }: Finding): Markup {
  return markup`<span class="severity ${severity}">${severity}</span>`;
}

/** Installed and fixed version of a finding's package. */
export function versionsMarkup(finding: Finding): Markup {
  const { installed } = finding;
  const fix = fixOf(finding);
  return fix.kind === 'version'
    ? markup`<span class="move"><code>${installed}</code> → <code>${fix.version}</code></span>`
    : markup`<code>${installed}</code> <span class="soft">${fixPhrase(finding)}</span>`;
}

/** A table in a box that scrolls sideways where it is too wide. */
export function tableMarkup(caption: string, head: readonly string[], rows: readonly Markup[]): Markup {
  const columns = head.map((title) => markup`<th scope="col">${title}</th>`);
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table><thead><tr>${columns}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}
