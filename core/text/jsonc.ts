import { createScanner, type ParseError, type ParseOptions, parse } from 'jsonc-parser';
import { fail } from '../failure.ts';
import { deepestJson } from '../json.ts';

// SyntaxKind of jsonc-parser, which declares its numbers for programs that are compiled together.
const tokens = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 } as const;

/** Parses JSON with comments; throws `too-large` for what is nested too deep, as the parser goes as deep as its text. */
export function parseJsonc(text: string, file: string, options: ParseOptions, errors: ParseError[] = []): unknown {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token = scanner.scan(); token !== tokens.end; token = scanner.scan()) {
    if (token === tokens.openBrace || token === tokens.openBracket) depth += 1;
    if (token === tokens.closeBrace || token === tokens.closeBracket) depth -= 1;
    if (depth > deepestJson) throw fail('too-large', file, `is nested more than ${deepestJson} deep`, 'nest it less');
  }
  return parse(text, errors, options);
}
