import { describe, expect, it } from 'vitest';
import { compareTags, sameLine } from '../../core/update/compare-tags.ts';
import { textOfPart } from '../../core/update/tag-parts.ts';
import { parseTag } from '../../core/update/tag-version.ts';
import { kindOf } from '../../core/update/update-kind.ts';

// Head, main version, pre-release, then the tail: R for a revision, N for other numbers, C for a codename.
function shown(tag: string): string {
  const { head, main, preRelease, tail } = parseTag(tag);
  const name = main === undefined ? '-' : textOfPart(main);
  const rest = tail.map((part) => {
    if (part.kind === 'text') return part.text;
    return `${part.isRevision ? 'R' : part.kind === 'numbers' ? 'N' : 'C'}(${textOfPart(part)})`;
  });
  return [head, name, preRelease ?? '', rest.join('')].join('|');
}

describe('a tag is read', () => {
  it.each([
    ['20', '|20||'],
    ['20.11.1-alpine3.19', '|20.11.1||-alpineN(3.19)'],
    ['v1.2.3', 'v|1.2.3||'],
    ['V2', 'V|2||'],
    ['n6.1', 'n|6.1||'],
    ['r4', 'r|4||'],
    ['ver-1', 'ver-|1||'],
    ['version_1', 'version_|1||'],
    ['release-1.4', 'release-|1.4||'],
    ['RELEASE.2024-01-16T16-07-38Z', 'RELEASE.|2024||-R(01)-R(16)TN(16)-N(07)-N(38)Z'],
    ['stable-20240110-slim', 'stable-|20240110||-slim'],
    ['stream9', 'stream|9||'],
    ['tag-3', 'tag-|3||'],
    ['tagged-3', '|-||tagged-N(3)'],
    ['bookworm', '|bookworm||'],
    ['bookworm-20240110-slim', '|bookworm||-R(20240110)-slim'],
    ['ltsc2022-amd64', '|ltsc2022||-amd64'],
    ['ltsc2030', '|-||ltscN(2030)'],
    ['windowsservercore-ltsc2022', '|-||windowsservercore-C(ltsc2022)'],
    ['nanoserver-1809', '|-||nanoserver-N(1809)'],
    ['bookwormy', '|-||bookwormy'],
    ['8u402-b06-jdk', '|8||uR(402)-bR(06)-jdk'],
    ['8-b06', '|8||-bN(06)'],
    ['8-u402-b06', '|8||-uN(402)-bN(06)'],
    ['21.0.2_13-jre', '|21.0.2||_R(13)-jre'],
    ['9.3-1610.170', '|9.3||-R(1610.170)'],
    ['9.3-1610-4', '|9.3||-R(1610)-R(4)'],
    ['1.2-p648', '|1.2||-pR(648)'],
    ['1.2p648', '|1.2||pR(648)'],
    ['1.2-r3', '|1.2||-rR(3)'],
    ['1.2-build.7', '|1.2||-build.R(7)'],
    ['1.2-rev7', '|1.2||-revR(7)'],
    ['2022-CU10-ubuntu-22.04', '|2022||-CUR(10)-ubuntu-N(22.04)'],
    ['2019-GDR1', '|2019||-GDRR(1)'],
    ['4.0-ls222', '|4.0||-lsR(222)'],
    ['1.0.post2', '|1.0||.postR(2)'],
    ['1.0-hotfix1', '|1.0||-hotfixR(1)'],
    ['16.1.0-debian-11-r15', '|16.1.0||-debian-N(11)-rR(15)'],
    ['16-r15-debian-11', '|16||-rR(15)-debian-N(11)'],
    ['16-debian-11-r15-x', '|16||-debian-N(11)-rN(15)-x'],
    ['16-jdk-17-2', '|16||-jdk-N(17)-N(2)'],
    ['3.13.0a3-slim', '|3.13.0|a.3|-slim'],
    ['3.13.0b1', '|3.13.0|b.1|'],
    ['17beta1', '|17|beta.1|'],
    ['1.22rc1', '|1.22|rc.1|'],
    ['8.3.0RC1-cli', '|8.3.0|rc.1|-cli'],
    ['3.13-rc-slim', '|3.13|rc|-slim'],
    ['9.0.100-preview.1-alpine3.19', '|9.0.100|preview.1|-alpineN(3.19)'],
    ['1.0.0-rc.10', '|1.0.0|rc.10|'],
    ['1.0-rc.1.24', '|1.0|rc.1.24|'],
    ['1.0-rc01', '|1.0|rc.1|'],
    ['8.0-M04-bookworm', '|8.0|m.4|-C(bookworm)'],
    ['8.0-M-x', '|8.0||-M-x'],
    ['17-ea-11-jdk', '|17|ea.11|-jdk'],
    ['8.12.0-SNAPSHOT', '|8.12.0|snapshot|'],
    ['2024.2.0.dev20240115', '|2024.2.0|dev.20240115|'],
    ['1.0-dev.3', '|1.0|dev.3|'],
    ['1.0-dev', '|1.0||-dev'],
    ['1.0-nightly', '|1.0|nightly|'],
    ['1.0-alphabet', '|1.0||-alphabet'],
    ['1.0-alpine-rc', '|1.0|rc|-alpine'],
    ['2.0a', '|2.0||a'],
    ['3.12-slim-arm64v8', '|3.12||-slim-arm64v8'],
    ['3.12-arm64v9', '|3.12||-armN(64)vN(9)'],
    ['1.0-x86_64', '|1.0||-x86_64'],
    ['1a2b3c4', '|-||1a2b3c4'],
    ['g1a2b3c4', '|-||g1a2b3c4'],
    ['sha-1a2b3c4', '|-||sha-1a2b3c4'],
    ['1.2.3-1a2b3c4', '|1.2.3||-1a2b3c4'],
    ['1.2.3-g1a2b3c4-x', '|1.2.3||-g1a2b3c4-x'],
    ['1.2.3-1a2b3c', '|1.2.3||-R(1)aN(2)bN(3)c'],
    ['1.2.3-1234567', '|1.2.3||-R(1234567)'],
    ['1.2.3-abcdefa', '|1.2.3||-abcdefa'],
    ['12345678901234567890', '|-||12345678901234567890'],
    ['1.12345678901234567890', '|1||.12345678901234567890'],
    ['latest', '|-||latest'],
    ['_1', '|-||_N(1)'],
  ])('%s', (tag, expected) => {
    expect(shown(tag)).toBe(expected);
  });
});

describe('a move is', () => {
  it.each([
    ['20', '22', 'major'],
    ['20.1', '20.2', 'minor'],
    ['20.1', '21.0', 'major'],
    ['1.2.3', '1.2.4', 'patch'],
    ['1.2.3.4', '1.2.3.5', 'patch'],
    ['1.2.3.4', '1.2.4.0', 'patch'],
    ['10.0.20348.1', '10.0.20348.2', 'patch'],
    ['10.0.20348.1', '10.0.26100.1', 'major'],
    ['10.1.20348.1', '10.1.26100.1', 'patch'],
    ['11.0.20348.1', '11.0.26100.1', 'patch'],
    ['10.0.1', '10.0.2', 'patch'],
    ['22.04', '22.10', 'minor'],
    ['21.04', '21.10', 'minor'],
    ['2022-CU10-ubuntu-22.04', '2022-CU10-ubuntu-22.10', 'major'],
    ['12.2.0-base-ubuntu22.04', '12.2.0-base-ubuntu22.10', 'major'],
    ['1.1.1v', '1.1.1w', 'patch'],
    ['22.10', '22.11', 'minor'],
    ['2.04', '2.10', 'minor'],
    ['22.04.1', '22.10.1', 'minor'],
    ['20240115', '20240116', 'patch'],
    ['20240115', '20240216', 'minor'],
    ['20240115', '20250115', 'major'],
    ['202401', '202402', 'minor'],
    ['202401', '202501', 'major'],
    ['2.20240115', '2.20240116', 'patch'],
    ['2.20240115', '2.20240216', 'minor'],
    ['bookworm', 'trixie', 'major'],
    ['bookworm-20240110', 'bookworm-20250110', 'patch'],
    ['9.3-1', '9.3-2', 'patch'],
    ['9.3-1', '9.4-1', 'minor'],
    ['20-alpine3.19', '20-alpine3.20', 'minor'],
    ['20.1-alpine3.19', '20.2-alpine4.0', 'major'],
    ['20.1.1-bookworm', '20.1.2-trixie', 'major'],
    ['20.1.1-bookworm', '20.1.2-bookworm', 'patch'],
    ['alpine3.19', 'alpine3.20', 'minor'],
    ['20-alpine-20240115', '20-alpine-20250115', 'major'],
    ['1.0-rc.1', '1.0', 'patch'],
  ] as const)('%s to %s: %s', (from, to, kind) => {
    expect(kindOf(parseTag(from), parseTag(to), false)).toBe(kind);
  });

  it.each([
    ['22.04', '22.10'],
    ['21.10', '21.04'],
    ['25.04', '25.10'],
    ['22.10', '22.11'],
  ])('%s to %s: major, of Ubuntu alone', (from, to) => {
    expect(kindOf(parseTag(from), parseTag(to), true)).toBe('major');
  });
});

describe('two tags are of one line', () => {
  it.each([
    ['20', '22', true, true],
    ['20', '20.1', false, false],
    ['v20', '22', false, false],
    ['20-alpine', '22-alpine', true, true],
    ['20-alpine', '22-slim', false, false],
    ['20-alpine', '22', false, false],
    ['20-alpine', '22-alpine3.20', false, false],
    ['20-alpine3.19', '22-alpine3.20', false, true],
    ['20-alpine3.19', '22-alpine3.19', true, true],
    ['20-alpine3.19', '22-alpine3.19.1', false, false],
    ['20-alpine3', '22-alpinex', false, false],
    ['20-bookworm', '22-bookworm', true, true],
    ['20-bookworm', '22-trixie', false, true],
    ['20-bookworm', '22-jammy', false, false],
    ['20-bookworm', '22-slim', false, false],
    ['20-1', '20-2', true, true],
    ['20-1', '20-20240115', false, false],
    ['20-1', '20-bookworm', false, false],
    ['20', 'bookworm', false, false],
    ['bookworm', '20', false, false],
    ['bookworm', 'trixie', true, true],
    ['bookworm', 'jammy', false, false],
    ['20', 'latest', false, false],
    ['latest', '20', false, false],
    ['latest', 'latest', true, true],
    ['9', '10', true, true],
    ['9', '100', false, false],
    ['alpine3.19', 'alpine3.20', false, true],
  ])('%s and %s: %s, and %s where suffixes move', (a, b, kept, moved) => {
    expect(sameLine(parseTag(a), parseTag(b), false)).toBe(kept);
    expect(sameLine(parseTag(a), parseTag(b), true)).toBe(moved);
  });
});

describe('tags of one line are ordered', () => {
  it.each([
    ['9', '10'],
    ['1.9', '1.10'],
    ['bookworm', 'trixie'],
    ['jammy', 'kinetic'],
    ['lunar', 'mantic'],
    ['1.0-rc.9', '1.0-rc.10'],
    ['1.0-rc.10', '1.0'],
    ['1.0-alpha.2', '1.0-beta.1'],
    ['1.0', '1.1-rc.1'],
    ['1.0-1', '1.0-2'],
    ['1.0-9-alpine3.20', '1.0-10-alpine3.19'],
    ['1.0-alpine3.19', '1.0-alpine3.20'],
    ['1.0-alpine3.20-1', '1.0-alpine3.20-2'],
    ['1.0-debian-12-r1', '1.0-debian-11-r2'],
    ['1.0-bookworm', '1.0-trixie'],
    ['1.0-2-1', '1.0-3-0'],
  ])('%s before %s', (a, b) => {
    expect(compareTags(parseTag(a), parseTag(b))).toBeLessThan(0);
    expect(compareTags(parseTag(b), parseTag(a))).toBeGreaterThan(0);
    expect(compareTags(parseTag(a), parseTag(a))).toBe(0);
  });
});
