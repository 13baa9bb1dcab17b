/** What a finding says where a fix is known of and its version is not. */
export const newerVersion = 'a newer version';

const verbs = /^(?:upgrad|updat|mov|bump|fix|patch|resolv|avail|use$|using$|install|remediat)/;
// What stands before a version: "upgrade to 2", "fixed in 2", "version: 2".
const leading = /^(?:to|in|with|version|release|least|by|is|than|>=?|≥|=)$/;
const none =
  /\b(?:no|without|without a) (?:known |available |official |upstream )?(?:fix|patch|upgrade|update|fixed version|remediation)\b|\b(?:not|never) (?:yet )?(?:been )?(?:fixed|patched)\b|\bwon'?t (?:be )?fix|\bwill not (?:be )?fix/i;
const longest = 2000;

/**
 * The version that a recommendation in words names as repaired. Words that are not understood count as a fix, because
 * what is not understood must not excuse a finding; undefined only where they say that there is none.
 */
export function fixInWords(words: string): string | undefined {
  const short = words.slice(0, longest).trim();
  if (/^(?:none|n\/a|-)?\.?$/i.test(short)) return undefined;
  const sentences = short.split(/[\n;!?]|\.(?=\s|$)/);
  const version = sentences.map(versionIn).find((found) => found !== undefined);
  if (version !== undefined) return version;
  return none.test(short) ? undefined : newerVersion;
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
