import { expect, test } from 'vitest';
import { indexExceptions } from '../../core/gate/exception-index.ts';
import { coveringFrom } from '../../core/gate/exceptions.ts';
import type { PolicyException, VexEntry } from '../../core/gate/policy.ts';
import { acceptedByVex } from '../../core/gate/vex/accepted.ts';
import { parsePurl } from '../../core/scan/purl.ts';
import { finding } from '../scan/support.ts';

const many = Array.from({ length: 1000 }, (_, at) => at);
const findings = many.map((at) =>
  finding({
    id: 'CVE-2026-1',
    installed: `1.${at}`,
    package: {
      name: `lib${at}x`,
      purl: `pkg:npm/lib${at}x@1.${at}`,
      path: `app/mod/lib${at}x/file-${at}-end.jar`,
    },
  }),
);

test.each<readonly [string, (at: number) => Partial<PolicyException>]>([
  ['a folder', (at) => ({ path: `app/*/lib${at}x/**` })],
  ['a part of a folder', (at) => ({ path: `app/mod/lib${at}x*/**` })],
  ['the end of a name', (at) => ({ path: `**/*-${at}-end.jar` })],
  ['the middle of a name', (at) => ({ path: `**/*-${at}-*` })],
  ['alternatives', (at) => ({ path: `{app,opt}/**/lib${at}x/*` })],
  ['a class', (at) => ({ path: `[a-c]pp/**/lib${at}x/*` })],
  ['a package', (at) => ({ package: `lib${at}x` })],
  ['a package URL', (at) => ({ purl: `pkg:npm/lib${at}x` })],
  ['a version', (at) => ({ version: `1.${at}`, path: '**/mod/**' })],
])('exceptions by %s are each tried on few findings, for one vulnerability and for every', (_, narrowed) => {
  for (const id of ['*', 'CVE-2026-1']) {
    const exceptions = many.map((at): PolicyException => ({ id, reason: 'r', ...narrowed(at) }));
    const right = coveringFrom(exceptions);
    let tried = 0;
    const counted = indexExceptions(exceptions, () => () => {
      tried += 1;
      return false;
    });
    for (const [at, one] of findings.entries()) {
      counted(one);
      expect(right(one)).toEqual([exceptions[at]]);
    }
    expect(tried).toBeLessThan(many.length * 120);
  }
});

test.each([
  ['!app/**', 'app/a', false],
  ['app/\\*x/a', 'app/*x/a', true],
  ['app/{a,b/c}/d', 'app/b/c/d', true],
  ['app/{a,b/c}/d', 'app/b/d', false],
  ['app/{a,{b,c}}x', 'app/cx', true],
  ['app/[ab]x', 'app/bx', true],
  ['app/x}', 'app/x}', true],
  ['app/[x', 'app/[x', true],
  ['app/{x', 'app/{x', true],
  ['/app/**', 'app/a', true],
])('the pattern %s fits %s: %s', (path, place, isCovered) => {
  const covering = coveringFrom([{ id: '*', reason: 'r', package: 'a', path }]);
  expect(covering(finding({ package: { name: 'a', path: place } }))).toHaveLength(isCovered ? 1 : 0);
});

test('statements about many products of one vulnerability are each held against few findings', () => {
  const entries = many.map((at): VexEntry => {
    const purl = parsePurl(`pkg:npm/lib${at}x`);
    if (purl === undefined) throw new Error('no package URL');
    const exception = { id: 'CVE-2026-1', reason: `r${at}` };
    return { names: ['CVE-2026-1'], at: 1, exception, place: { distributions: [], holders: [], packages: [purl] } };
  });
  let held = 0;
  const accepted = acceptedByVex(entries, () => {
    held += 1;
    return true;
  });
  expect(findings.map((one) => accepted(one)?.reason)).toEqual(many.map((at) => `r${at}`));
  expect(held).toBe(many.length);
});
