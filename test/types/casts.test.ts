import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const core = fileURLToPath(new URL('../../core/', import.meta.url));

// What the compiler cannot know: brands, what Object.fromEntries makes, tables whose types go with their keys, and what the
// file itself has packed.
const allowed = [
  ...['gate/clear.ts', 'gate/tighten.ts', 'oci/decode.ts', 'oci/digest.ts', 'oci/reference.ts'],
  ...['registry/known-content.ts', 'report/fold.ts', 'table.ts'],
];

test('core takes no value for another type than the compiler or a check says', async () => {
  const files = (await readdir(core, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(`${core}${file}`, 'utf8');
      const code = text
        .replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')
        .replace(/^(?:import|export) [^;]*;/gm, '')
        .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''");
      // A mapped type says `as` of its keys.
      return /\bas (?!const\b)(?:[A-Z]|\{|\(|never\b|any\b|unknown\b|string\b|number\b|readonly\b|keyof\b)/.test(
        code.replace(/\[\w+ in [^\]]* as [^\]]*\]/g, '').replace(/\[\w+ in [\s\S]*?\]:/g, ''),
      )
        ? [file]
        : [];
    }),
  );
  expect(found.flat().sort()).toEqual(allowed);
});
