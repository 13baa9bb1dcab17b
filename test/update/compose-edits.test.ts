import { describe, expect, it } from 'vitest';
import { composeOf, edit, node } from './edit-support.ts';

const composeRows: readonly (readonly [string, string, Readonly<Record<string, string>>, string, readonly string[]])[] =
  [
    [
      'services that run an image',
      'services:\n  db: {image: "node:20"} # node:20\n  web:\n    build: .\n    image: node:20\n  c:\n    image: node:20 # c\n',
      node,
      'services:\n  db: {image: "node:22"} # node:20\n  web:\n    build: .\n    image: node:20\n  c:\n    image: node:22 # c\n',
      ['2', '7'],
    ],
    [
      'CRLF and a byte order mark',
      '\uFEFFservices:\r\n  db:\r\n    image: node:20\r\n',
      node,
      '\uFEFFservices:\r\n  db:\r\n    image: node:22\r\n',
      ['3'],
    ],
    [
      'a default',
      'services:\n  db:\n    image: node:${V:-20}\n',
      node,
      'services:\n  db:\n    image: node:${V:-22}\n',
      ['3'],
    ],
    [
      'an anchor',
      'x-i: &i node:20\nservices:\n  a: {image: *i}\n  b: {image: *i}\n',
      node,
      'x-i: &i node:22\nservices:\n  a: {image: *i}\n  b: {image: *i}\n',
      ['1', '1'],
    ],
    [
      'an anchor that a label names too',
      'services:\n  a:\n    image: &i node:20\n    labels: {base: *i}\n',
      node,
      'services:\n  a:\n    image: &i node:20\n    labels: {base: *i}\n',
      ['line 3 is written as &i, by which it is shared with line 4, where it is no image'],
    ],
    [
      'an escape',
      'services:\n  a: {image: "node\\x3A20"}\n',
      node,
      'services:\n  a: {image: "node\\x3A20"}\n',
      ['line 2 is not written there in one piece'],
    ],
    ['JSON', '{"services": {"a": {"image": "node:20"}}}', node, '{"services": {"a": {"image": "node:22"}}}', ['1']],
  ];

describe('an edit of a Compose file', () => {
  it.each(composeRows.map((row) => ({ row, name: row[0] })))(
    '$name',
    async ({ row: [, before, moves, after, uses] }) => {
      expect(await edit(composeOf(before), moves)).toEqual({ text: after, uses });
    },
  );

  it('leaves a value alone that the environment gives', async () => {
    const text = 'services:\n  db:\n    image: node:${V:-18}\n';
    expect(await edit(composeOf(text, { V: '20' }), node)).toEqual({
      text,
      uses: ['line 3 is not written there in one piece'],
    });
  });

  it('is none where the file is no YAML', async () => {
    expect(await edit(composeOf('services: {'), node)).toEqual({ text: 'services: {', uses: [] });
  });
});
