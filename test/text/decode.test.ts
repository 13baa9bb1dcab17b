import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeText } from '../../core/text/decode.ts';

const text = '{"id":"CVE-2024-1","title":"größer – 漏洞"}';
const le = Buffer.from(text, 'utf16le');
const be = Buffer.from(le).swap16();

test.each<readonly [string, Uint8Array]>([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16 LE with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), le])],
  ['UTF-16 BE with a mark', Buffer.concat([Buffer.from([0xfe, 0xff]), be])],
  ['UTF-16 LE', le],
  ['UTF-16 BE', be],
  ['gzip', gzipSync(text)],
  ['gzip of UTF-16 with a mark', gzipSync(Buffer.concat([Buffer.from([0xff, 0xfe]), le]))],
  ['two members of gzip', Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))])],
])('%s is read', (_, bytes) => {
  expect(decodeText(bytes, 'a.json')).toBe(text);
});

test.each([
  ['', ''],
  ['a', 'a'],
  ['\uFEFF', ''],
])('a short text %j is %j', (written, read) => {
  expect(decodeText(Buffer.from(written), 'a')).toBe(read);
});

test('what is torn, or larger than allowed when it is unpacked, is refused', () => {
  expect(() => decodeText(gzipSync(text).subarray(0, 20), 'a.json')).toThrow('a.json: is a torn gzip file');
  expect(() => decodeText(gzipSync('x'.repeat(2_000_000)), 'a.json', 1_000_000)).toThrow(
    'a.json: holds more than 1000000 bytes when it is unpacked',
  );
});
