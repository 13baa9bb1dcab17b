import { buildFailure, warningsIn } from '../../../core/rebuild/buildx/output.ts';
import { scoreOfVector } from '../../../core/scan/cvss.ts';
import { fixInWords } from '../../../core/scan/fix-words.ts';
import { identifierIn } from '../../../core/scan/identity.ts';
import { unsupportedIn } from '../../../core/scan/trivy/families.ts';
import { visibleText } from '../../../core/text/escape.ts';
import { exitFailure } from '../../../core/text/exit-words.ts';
import { lastLine } from '../../../core/tools/tool-output.ts';
import { inertJson, inertText, plainJson } from '../../../core/untrusted.ts';
import { parseTag } from '../../../core/update/tag-version.ts';
import { eachRepeated, type Parser } from '../growth.ts';

const escapes = [
  ...[
    '\u001b]',
    '\u001b]8;;',
    '\u001b]0;a',
    '\u001b[',
    '\u001b[1;',
    '\u001b[0m',
    '\u001b',
    '\u009b',
    '\u009d',
    '\u0090a',
    '\u001b(',
    '\u001bP',
  ],
  ...[
    ';',
    ' ',
    '1',
    '\u0007',
    '\u001b\\',
    '\n',
    '\r',
    '\u202e',
    '\u00ad',
    ':',
    '::',
    '##[',
    '##vso[',
    '#',
    'a',
    '\t',
    '\u2028',
    '\u0085',
  ],
];

/** Readers of what programs print, and of words that are shown. */
export const wordParsers: readonly Parser[] = [
  {
    name: 'words of scanners: fixes, names, vectors, log lines',
    sources: ['core/scan/fix-words.ts', 'core/scan/identity.ts', 'core/scan/cvss.ts', 'core/scan/trivy/families.ts'],
    parse: (text) => [fixInWords(text), identifierIn(text), scoreOfVector(text), unsupportedIn(text)],
    growths: eachRepeated(
      ['upgrade to ', 'to 1.', '@', '1', '.', ';', ' ', 'CVE-', 'AV:N/', 'family="a" ', 'Unsupported os '],
      ['', 'Upgrade to ', 'CVE-2024-', 'SNYK-', 'CVSS:3.1/', 'Unsupported os '],
    ),
    nested: [],
    tokens: ['upgrade', 'to', '1.2', '@', '>=', 'no fix', 'CVE-2024-1', 'GHSA', '-', 'CVSS:3.1/', 'AV:N/', ' ', '.'],
  },
  {
    name: 'log lines',
    sources: ['core/untrusted.ts'],
    parse: (text) => [inertText(text), inertJson(text)].length,
    growths: eachRepeated(escapes, ['', '\u001b]', '\u001b[', '\u009b', '\u009d', ' ']),
    nested: [],
    tokens: escapes,
  },
  {
    name: 'terminal escapes',
    sources: ['core/untrusted.ts', 'core/text/escape.ts'],
    parse: (text) => [plainJson(text), visibleText(text)].length,
    growths: eachRepeated(escapes, ['', '\u001b]', '\u001b[', '\u009b', '\u009d', ' ']),
    nested: [],
    tokens: escapes,
  },
  {
    name: 'words of programs',
    sources: ['core/text/exit-words.ts', 'core/tools/tool-output.ts', 'core/rebuild/buildx/output.ts'],
    parse: (text) => {
      const exit = { kind: 'exited', code: 1, stdout: text, stderr: text } as const;
      return [
        exitFailure(exit, { code: 'scan-failed', subject: 'a', step: 'a' }).message,
        lastLine(text),
        buildFailure('a', exit).message,
        warningsIn(text),
      ].length;
    },
    growths: eachRepeated(
      [
        ...escapes,
        'ERROR: ',
        'ERROR: a\n',
        ' > a\n',
        '------\n',
        '------\n > \n',
        '1.1 ',
        'InvalidBaseImagePlatform: ',
        ' (line 1)',
        'FATAL\n',
        '2026-01-01T00:00:00Z ',
      ],
      ['', 'ERROR: ', '------\n > a\n', 'InvalidBaseImagePlatform: a'],
    ),
    nested: [],
    tokens: [
      ...escapes,
      'ERROR: ',
      '------\n',
      ' > a\n',
      'InvalidBaseImagePlatform: a (line 1)',
      'error: ',
      'FATAL ',
      '\n',
    ],
  },
  {
    name: 'tag',
    sources: ['core/update/tag-version.ts', 'core/update/tag-parts.ts'],
    parse: (text) => parseTag(text),
    growths: eachRepeated(
      ['1', '.', '-', 'a', '1.', '1-', 'v', 'rc1', '-alpine3', '_', 'beta', '20260101', '+'],
      ['', '1', '1-', '1.2-rc', 'v'],
    ),
    nested: [],
    tokens: [
      '1',
      '20',
      '.',
      '-',
      '_',
      'alpine',
      '3.18',
      'rc',
      'beta1',
      'bookworm',
      'v',
      '20260101',
      'lts',
      'slim',
      '0',
    ],
  },
];
