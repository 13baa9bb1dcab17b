import { expect, test } from 'vitest';
import { nextLink } from '../../core/registry/content/pages.ts';

test.each([
  ['</v2/a/tags/list?last=b&n=2>; rel="next"', '/v2/a/tags/list?last=b&n=2'],
  ['</p>; rel="prev", </n>; rel="next"', '/n'],
  ['</n>;rel=next', '/n'],
  ['</n>; title="a; b"; rel="next"', '/n'],
  ['/n; rel="next"', '/n'],
  ['</p>; rel="prev"', undefined],
  ['</n>', undefined],
  ['', undefined],
  [undefined, undefined],
  ['<<<>>>;;;,,,rel=next', undefined],
])('%s', (header, next) => {
  expect(nextLink(header)).toBe(next);
});
