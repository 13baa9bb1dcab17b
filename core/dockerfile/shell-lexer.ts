import type { ExpandOptions, Variables } from './substitution.ts';
import { replace, SubstitutionError, substitute } from './substitution.ts';
import { collectWords } from './words.ts';

export interface Expanded {
  readonly text: string;
  readonly words: readonly string[];
}

interface Piece {
  readonly text: string;
  /** Quoted or escaped: white space in it ends no word. */
  readonly literal: boolean;
}

const specialParameters = '@*#?-$!0';
// The call stack is the bound: so many are never written, and a file that has them must not end the program.
const deepest = 200;
// Each ARG may name the one before it several times: growth by powers is cut off here.
const longest = 256 * 1024;
const decimal = /\p{Nd}/u;
const nameCharacter = /[\p{L}\p{Nd}_]/u;

/** One pass over one text, after BuildKit's shell lexer (frontend/dockerfile/shell). */
export class ShellLexer {
  readonly #characters: readonly string[];
  readonly #variables: Variables;
  readonly #options: ExpandOptions;
  #rawEscapes: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, variables: Variables, options: ExpandOptions) {
    this.#characters = [...text];
    this.#variables = variables;
    this.#options = options;
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  /** Expands to the end; throws SubstitutionError. */
  expand(): Expanded {
    return this.#until(undefined);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at] ?? '';
    this.#at += 1;
    return character;
  }

  // Up to a stop character, which is consumed, or to the end.
  #until(stop: string | undefined): Expanded {
    const words = collectWords();
    let text = '';
    for (let character = this.#peek(); character !== undefined; character = this.#peek()) {
      if (character === stop) {
        this.#at += 1;
        return { text, words: words.all() };
      }
      const piece = this.#piece(character);
      text += piece.text;
      if (text.length > longest) throw new SubstitutionError(`the value is longer than ${longest} characters`);
      if (piece.literal) words.literal(piece.text);
      else words.splittable(piece.text);
    }
    if (stop === undefined) return { text, words: words.all() };
    throw new SubstitutionError(`unexpected end of statement while looking for matching ${stop}`);
  }

  #piece(character: string): Piece {
    switch (character) {
      case '$':
        return { text: this.#dollar(), literal: false };
      case "'":
        return { text: this.#singleQuoted(), literal: true };
      case '"':
        return { text: this.#doubleQuoted(), literal: true };
      case this.#options.escapeToken:
        return { text: this.#escaped(), literal: true };
      default:
        return { text: this.#next(), literal: false };
    }
  }

  #escaped(): string {
    const token = this.#next();
    const character = this.#next();
    return this.#rawEscapes ? token + character : character;
  }

  #singleQuoted(): string {
    this.#at += 1;
    const end = this.#characters.indexOf("'", this.#at);
    if (end === -1) {
      this.#at = this.#characters.length;
      throw new SubstitutionError('unexpected end of statement while looking for matching single-quote');
    }
    const inside = this.#characters.slice(this.#at, end).join('');
    this.#at = end + 1;
    return this.#options.rawQuotes ? `'${inside}'` : inside;
  }

  #doubleQuoted(): string {
    this.#at += 1;
    let inside = '';
    for (let character = this.#peek(); character !== '"'; character = this.#peek()) {
      if (character === undefined) {
        throw new SubstitutionError('unexpected end of statement while looking for matching double-quote');
      }
      inside += character === '$' ? this.#dollar() : this.#quotedCharacter();
      if (inside.length > longest) throw new SubstitutionError(`the value is longer than ${longest} characters`);
    }
    this.#at += 1;
    return this.#options.rawQuotes ? `"${inside}"` : inside;
  }

  // Inside double quotes only the quote, the dollar and the escape token itself can be escaped.
  #quotedCharacter(): string {
    const { escapeToken } = this.#options;
    const character = this.#next();
    if (character !== escapeToken) return character;
    const kept = this.#rawEscapes ? character : '';
    const escaped = this.#peek();
    if (escaped === undefined) return kept;
    return escaped === '"' || escaped === '$' || escaped === escapeToken ? kept + this.#next() : kept + character;
  }

  #dollar(): string {
    this.#at += 1;
    if (this.#peek() === '{') return this.#braced();
    const name = this.#name();
    if (name === '') return '$';
    return this.#variables.get(name) ?? (this.#options.skipUnset ? `$${name}` : '');
  }

  #braced(): string {
    const start = this.#at - 1;
    this.#at += 1;
    const first = this.#peek();
    if (first === undefined) throw new SubstitutionError("syntax error: missing '}'");
    if ('{}:'.includes(first)) throw new SubstitutionError('syntax error: bad substitution');
    const name = this.#name();
    const isLeft = this.#options.skipUnset === true && !this.#variables.has(name);
    const value = this.#modified(name, isLeft);
    return isLeft ? this.#characters.slice(start, this.#at).join('') : value;
  }

  #modified(name: string, isLeft: boolean): string {
    const operator = this.#next();
    const value = this.#variables.get(name);
    if (operator === '}') return value ?? '';
    if (operator === '/') return this.#replaced(value ?? '');
    const nullIsUnset = operator === ':';
    const modifier = nullIsUnset ? this.#next() : operator;
    const trims = modifier === '#' || modifier === '%';
    if (modifier === '' || !'+-?#%'.includes(modifier) || (nullIsUnset && trims)) {
      throw new SubstitutionError(`unsupported modifier (${nullIsUnset ? ':' : ''}${modifier}) in substitution`);
    }
    const word = this.#closedBy('}', trims, "syntax error: missing '}'");
    return isLeft ? '' : substitute({ name, modifier, word, nullIsUnset }, value, this.#options.steps);
  }

  #replaced(value: string): string {
    const all = this.#peek() === '/';
    if (all) this.#at += 1;
    const pattern = this.#closedBy('/', true, "syntax error: missing '/' in a substitution");
    const replacement = this.#closedBy('}', true, "syntax error: missing '}'");
    return replace(value, pattern, { text: replacement, all }, this.#options.steps);
  }

  #closedBy(stop: string, rawEscapes: boolean, missing: string): string {
    const outer = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    this.#depth += 1;
    if (this.#depth > deepest) throw new SubstitutionError(`substitutions are nested more than ${deepest} deep`);
    try {
      return this.#until(stop).text;
    } catch (error) {
      if (error instanceof SubstitutionError && this.#peek() === undefined) throw new SubstitutionError(missing);
      throw error;
    } finally {
      this.#rawEscapes = outer;
      this.#depth -= 1;
    }
  }

  // A number, one special parameter, or letters, digits and underscores.
  #name(): string {
    const first = this.#peek();
    if (first === undefined) return '';
    if (decimal.test(first)) return this.#while(decimal);
    return specialParameters.includes(first) ? this.#next() : this.#while(nameCharacter);
  }

  #while(wanted: RegExp): string {
    let name = '';
    for (let character = this.#peek(); character !== undefined && wanted.test(character); character = this.#peek()) {
      name += this.#next();
    }
    return name;
  }
}
