import { type Finding, fixOf } from '../scan/finding.ts';

/** What a finding says of a fix, in a few words. */
export function fixPhrase(finding: Finding, none = 'no fix'): string {
  const fix = fixOf(finding);
  switch (fix.kind) {
    case 'version':
      return `fixed in ${fix.version}`;
    case 'none':
      return none;
    case 'unknown':
      return 'fix not known';
  }
}
