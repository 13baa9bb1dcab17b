import type { Fix } from './finding.ts';

/** What a finding says where a fix is known of and its version is not. */
export const newerVersion = 'a newer version';

const verbs = /^(?:upgrad|updat|mov|bump|fix|patch|resolv|avail|use$|using$|install|remediat)/;
// What stands before a version: "upgrade to 2", "fixed in 2", "version: 2".
const leading = /^(?:to|in|with|version|release|least|by|is|than|>=?|≥|=)$/;
const none =
  /\b(?:no|without|without a) (?:known |available |official |upstream )?(?:fix|patch|upgrade|update|fixed version|remediation)\b|\b(?:not|never) (?:yet )?(?:been )?(?:fixed|patched)\b|\bwon'?t (?:be )?fix|\bwill not (?:be )?fix/i;
const longest = 2000;

/**
 * What a recommendation in words says of a fix. Words that are not understood count as one, because what is not
 * understood must not excuse a finding; there is none only where they say so, and silence says nothing.
 */
export function fixInWords(words: string): Fix {
  const short = words.slice(0, longest).trim();
  if (/^\.?$/.test(short)) return { kind: 'unknown' };
  if (/^(?:none|n\/a|-)\.?$/i.test(short)) return { kind: 'none' };
  const sentences = short.split(/[\n;!?]|\.(?=\s|$)/);
  const version = sentences.map(versionIn).find((found) => found !== undefined);
  if (version !== undefined) return { kind: 'version', version };
  return none.test(short) ? { kind: 'none' } : { kind: 'version', version: newerVersion };
}

function versionIn(sentence: string): string | undefined {
  if (none.test(sentence)) return undefined;
  let hasVerb = false;
  let before = '';
  for (const word of sentence.trim().split(/\s+/)) {
    const bare = word.toLowerCase().replace(/[:,]+$/, '');
    const version = versionOf(word);
    const isLed = leading.test(before) || /^(?:>|≥|\S*@)/.test(word) || before.endsWith(':');
    if (hasVerb && isLed && version !== undefined) return version;
    hasVerb ||= verbs.test(bare);
    before = word.endsWith(':') && !leading.test(bare) ? ':' : bare;
  }
  return undefined;
}

// "4.17.21,", "v2", ">=3", "lodash@4.17.21", "1:2.3-4".
function versionOf(word: string): string | undefined {
  const [, version] =
    /^(?:>=?|≥)?v?(\d[\w.+~:-]*)$/i.exec(word.slice(word.lastIndexOf('@') + 1).replace(/[.,:)]+$/, '')) ?? [];
  return version;
}
