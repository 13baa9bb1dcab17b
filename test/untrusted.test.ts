import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inertJson, inertText, plainJson, plainLines } from '../core/untrusted.ts';
import { hostileTexts } from './hosts/hostile.ts';
import { azureFormattedLines, azureLogCommands, githubLogCommands } from './hosts/log-grammar.ts';

function commandsOf(log: string) {
  return [...githubLogCommands(log), ...azureLogCommands(log), ...azureFormattedLines(log)];
}

const pieces = fc.constantFrom(
  ...['::', ':', '##', '#', '[', ']', 'vso', 'VSO', 'add-mask', 'error', 'task.debug', ' ', '\t', '\r', '\n'],
  ...['\u00ad', '\u200b', '\u3000', '\u001b[0m', '\u0085', '\ufeff', '\u{e0001}', 'x'],
);

describe('the ports of the log readers', () => {
  test.each([
    ['::add-mask::e', 'github'],
    [' \u00a0\u3000::error file=a,line=1::b', 'github'],
    ['x\r::stop-commands::y', 'github'],
    ['label: ##[add-mask]e', 'github-legacy'],
    ['###[set-output name=a]b', 'github-legacy'],
    ['#\u00ad#[add-mask]e', 'github-legacy'],
    ['x ##vso[task.setvariable variable=a]b', 'azure'],
    ['#\u00ad#VSO[task.complete]', 'azure'],
  ])('take %j for a command', (text, reader) => {
    expect([...githubLogCommands(text), ...azureLogCommands(text)]).toMatchObject([{ reader }]);
  });
});

describe('text for a log', () => {
  test.each(hostileTexts)('%j is no command', (text) => {
    expect(commandsOf(inertText(text))).toEqual([]);
    expect(inertText(text)).toMatch(/^[\P{C}\n\t]*$/u);
  });

  test('stays readable', () => {
    expect(inertText('web/Dockerfile:3: debian:12 → sha256:1a… (50 %) C++::x # ## [a] é 漢')).toBe(
      'web/Dockerfile:3: debian:12 → sha256:1a… (50 %) C++::x # ## [a] é 漢',
    );
    expect(inertText('::add-mask::e ##[group]')).toBe(': :add-mask::e # #[group]');
  });

  test('nothing that can be put together of the grammars is a command', () => {
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        expect(commandsOf(inertText(parts.join('')))).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });

  test('plain lines keep what only a CI log would execute', () => {
    expect(plainLines('\u001b[1m::error::x\r##[a]\u202e')).toEqual(['::error::x', '##[a]']);
  });
});

describe('JSON for a log', () => {
  test.each(hostileTexts)('%j is no command and the document is the same', (text) => {
    const json = JSON.stringify({ [text]: [text] }, null, 2);
    expect(commandsOf(inertJson(json))).toEqual([]);
    expect(JSON.parse(inertJson(json))).toEqual({ [text]: [text] });
    expect(JSON.parse(plainJson(json))).toEqual({ [text]: [text] });
    expect(plainJson(json)).toMatch(/^[\P{C}\n\t]*$/u);
  });

  test('any document', () => {
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const json = JSON.stringify([parts.join('')]);
        expect(commandsOf(inertJson(json))).toEqual([]);
        expect(JSON.parse(inertJson(json))).toEqual([parts.join('')]);
      }),
      { numRuns: 2_000 },
    );
  });
});
