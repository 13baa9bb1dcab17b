import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { type DefaultTreeAdapterMap, parseFragment } from 'parse5';
import { describe, expect, it } from 'vitest';
import {
  html,
  markdown,
  markdownCode,
  markdownLink,
  safeLink,
  sarifText,
  visibleText,
} from '../../core/text/escape.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...['`', '``', '|', '\\', '\\|', '*', '**', '_', '~~', '[', '](', ')', '![', '<', '>', '</td>', '<!--', '-->'],
        ...['&amp;', '&#60;', '@octocat', '#12', 'GH-7', 'www.', 'https://', 'evil.example', 'a@b.example', ':tada:'],
        ...[
          '\n',
          '\r\n',
          '\n\n',
          '- ',
          '1. ',
          '1) ',
          '# ',
          '    ',
          '---',
          '===',
          '| - |',
          '$',
          '$$',
          'x',
          ' ',
          '^',
          '{',
        ],
        ...['[^1]', '[ ] ', '+', '\u202E', '\u200B', '\u0000', '\u001B[31m', '\uD800', '<script>', 'javascript:'],
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

function render(text: string): string {
  return micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
}

type Node = DefaultTreeAdapterMap['childNode'];

function elementsOf(nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node) => [
    ...('tagName' in node ? [node.tagName] : []),
    ...('childNodes' in node ? elementsOf(node.childNodes) : []),
  ]);
}

function textOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => ('value' in node ? node.value : 'childNodes' in node ? textOf(node.childNodes) : ''))
    .join('');
}

describe('plain', () => {
  it.each([
    ['a\nb', 'a b'],
    ['a\r\n\tb', 'a b'],
    ['\u001B[31mred', '\uFFFD[31mred'],
    ['user\u202Egpj.exe', 'user\uFFFDgpj.exe'],
    ['zero\u200Bwidth', 'zero\uFFFDwidth'],
    ['tag\u{E0041}', 'tag\uFFFD'],
    ['half \uD83D', 'half \uFFFD'],
    ['nul\u0000', 'nul\uFFFD'],
    ['日本語 ✓ 😀', '日本語 ✓ 😀'],
  ])('%j becomes %j', (text, expected) => {
    expect(visibleText(text)).toBe(expected);
  });

  it('cuts long text without halving a character', () => {
    expect(visibleText('aaa😀bbb', 4)).toBe('aaa…');
  });
});

describe('markdown', () => {
  it('renders to one paragraph of exactly the text, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const nodes = parseFragment(render(`x ${markdown(text)} x`)).childNodes;
        expect(elementsOf(nodes)).toEqual(['p']);
        expect(textOf(nodes).replaceAll('\u200B', '').replace(/\s+/g, ' ')).toBe(
          `x ${visibleText(text, 1000).trim()} x`.replace(/\s+/g, ' '),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('stays in its cell of a table, and in its item of a list', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const table = parseFragment(
          render(`| a | b |\n| --- | --- |\n| ${markdown(text)} | ${markdownCode(text)} |\n`),
        );
        const found = elementsOf(table.childNodes).filter((name) => name !== 'code');
        expect(found).toEqual(['table', 'thead', 'tr', 'th', 'th', 'tbody', 'tr', 'td', 'td']);
        const list = parseFragment(render(`- ${markdown(text)}\n`)).childNodes;
        expect(elementsOf(list)).toEqual(['ul', 'li']);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['@octocat', '@\u200Boctocat'],
    ['shop/web#12', 'shop/web&#35;\u200B12'],
    ['https://evil.example', 'https:\u200B//evil.example'],
    ['www.evil.example', 'www\u200B.evil.example'],
    [':white_check_mark: passed', ':\u200Bwhite&#95;check&#95;mark: passed'],
    ['1.2.3', '1&#46;2.3'],
  ])('%j is kept from the host that would link it', (text, expected) => {
    expect(markdown(text)).toBe(expected);
  });
});

describe('markdownLink', () => {
  it('links https and nothing else', () => {
    expect(markdownLink('CVE-1', 'https://advisories.example/CVE-1')).toBe('[CVE-1](https://advisories.example/CVE-1)');
    expect(markdownLink('CVE-1', 'javascript:alert(1)')).toBe('CVE-1');
    expect(markdownLink('CVE-1', undefined)).toBe('CVE-1');
  });

  it('makes one link with the label as its text, whatever is in both', () => {
    fc.assert(
      fc.property(hostile, hostile, (label, path) => {
        const address = `https://advisories.example/${path}`;
        const nodes = parseFragment(render(`x ${markdownLink(`y${label}`, address)} x`)).childNodes;
        expect(elementsOf(nodes)).toEqual(safeLink(address) === undefined ? ['p'] : ['p', 'a']);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('safeLink', () => {
  it.each(['http://a.example', 'javascript:alert(1)', 'data:text/html,x', 'https://user:pw@a.example', 'nothing', ''])(
    '%j is no link',
    (address) => {
      expect(safeLink(address)).toBeUndefined();
    },
  );

  it('encodes what could leave an attribute', () => {
    expect(safeLink(`https://a.example/"'><x>`)).toBe('https://a.example/%22%27%3E%3Cx%3E');
  });
});

describe('html', () => {
  it('is text in an element and in an attribute, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [element] = parseFragment(`<p title="${html(text)}">${html(text)}</p>`).childNodes;
        expect(element).toMatchObject({ tagName: 'p', attrs: [{ name: 'title', value: visibleText(text, 4000) }] });
        expect(textOf(element === undefined ? [] : [element])).toBe(visibleText(text, 4000));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('sarifText', () => {
  it.each([
    ['[click](https://evil.example)', '[click] (https://evil.example)'],
    ['[click][(x)](1)', '[click][(x)] (1)'],
    ['{0} of {1}', '{ 0} of { 1}'],
  ])('%j makes no link and no placeholder', (text, expected) => {
    expect(sarifText(text)).toBe(expected);
  });
});
