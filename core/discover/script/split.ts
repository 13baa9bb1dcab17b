/** One simple command of a shell script, as it is written; `(` and `)` around a subshell are commands of their own. */
export interface ScriptCommand {
  readonly text: string;
  /** What joins it to the command before it. */
  readonly after: '' | '&&' | '||' | '|';
  /** What stands behind it is a pipe or `&`: it runs in a process of its own. */
  readonly isLeftApart?: true;
  /** 0-based, counted from the script's first line. */
  readonly line: number;
  /** Text of a here-document that it is given. */
  readonly here: string;
}

/** What stands in place of `$(…)` and of backticks, given what is inside. */
export type ScriptSubstitution = (inside: string) => string;

const longestScript = 256 * 1024;

/** Takes a script apart into its simple commands; undefined for one that is longer than is read, or ends within quotes. */
export function splitScript(script: string, substitution: ScriptSubstitution): readonly ScriptCommand[] | undefined {
  if (script.length > longestScript) return undefined;
  const splitter = new Splitter(script, substitution);
  return splitter.commands();
}

/** What ends a here-document: with `<<-`, tabs may stand before it. */
interface Here {
  readonly word: string;
  readonly isIndented: boolean;
}

class Splitter {
  readonly #text: string;
  readonly #substitution: ScriptSubstitution;
  readonly #found: ScriptCommand[] = [];
  #at = 0;
  #line = 0;
  #start = 0;
  #command = '';
  #after: ScriptCommand['after'] = '';
  #heres: Here[] = [];
  #isBroken = false;
  /** Within `[[ … ]]`. */
  #isCondition = false;

  constructor(text: string, substitution: ScriptSubstitution) {
    this.#text = text;
    this.#substitution = substitution;
  }

  commands(): readonly ScriptCommand[] | undefined {
    while (this.#at < this.#text.length && !this.#isBroken) this.#step(this.#text[this.#at] ?? '');
    this.#end('');
    return this.#isBroken ? undefined : this.#found;
  }

  #step(character: string): void {
    const next = this.#text[this.#at + 1] ?? '';
    if (character === '\\') this.#escape(next);
    else if (character === "'") this.#single();
    else if (character === '"') this.#double();
    else if (character === '`' || (character === '$' && next === '(')) this.#command += this.#substituted(character);
    else if (character === '$' && next === '{') this.#braced();
    else if (character === '#' && /[\s;&|()]/.test(this.#text[this.#at - 1] ?? ' ')) this.#at = this.#lineEnd();
    else if (this.#text.startsWith('<<<', this.#at)) this.#take(3);
    else if (character === '<' && next === '<') this.#here();
    else if (character === '[' && next === '[' && /^(?:\s|$)/.test(this.#text[this.#at - 1] ?? ''))
      this.#condition(true);
    else if (character === ']' && next === ']' && this.#isCondition) this.#condition(false);
    else if (character === '\n') this.#newline();
    else if (/[;&|()]/.test(character)) this.#operator(character, next);
    else this.#take(1);
  }

  #condition(isBegun: boolean): void {
    this.#isCondition = isBegun;
    this.#take(2);
  }

  #take(count: number): void {
    this.#command += this.#text.slice(this.#at, this.#at + count);
    this.#at += count;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #escape(next: string): void {
    if (next !== '\n') this.#take(2);
    else {
      this.#at += 2;
      this.#line += 1;
    }
  }

  #closing(mark: string): number {
    const end = this.#text.indexOf(mark, this.#at + 1);
    if (end === -1) this.#isBroken = true;
    return end === -1 ? this.#text.length : end;
  }

  #count(from: number, to: number): void {
    for (let at = this.#text.indexOf('\n', from); at !== -1 && at < to; at = this.#text.indexOf('\n', at + 1))
      this.#line += 1;
  }

  #single(): void {
    const end = this.#closing("'");
    this.#count(this.#at, end);
    this.#take(end + 1 - this.#at);
  }

  #double(): void {
    this.#take(1);
    for (let character = this.#text[this.#at]; character !== '"'; character = this.#text[this.#at]) {
      if (character === undefined) {
        this.#isBroken = true;
        return;
      }
      const next = this.#text[this.#at + 1];
      if (character === '\n') this.#line += 1;
      if (character === '\\') this.#escape(next ?? '');
      else if (character === '`' || (character === '$' && next === '(')) this.#command += this.#substituted(character);
      else this.#take(1);
    }
    this.#take(1);
  }

  // `${NAME}` with whatever stands in it; what is nested in it is the lexer's.
  #braced(): void {
    const end = this.#closing('}');
    this.#take(end + 1 - this.#at);
  }

  #substituted(character: string): string {
    if (character === '`') {
      const end = this.#closing('`');
      const inside = this.#text.slice(this.#at + 1, end);
      this.#count(this.#at, end);
      this.#at = end + 1;
      return this.#substitution(inside);
    }
    const start = this.#at + 2;
    let depth = 1;
    let at = start;
    for (; at < this.#text.length && depth > 0; at += 1) {
      if (this.#text[at] === '(') depth += 1;
      else if (this.#text[at] === ')') depth -= 1;
    }
    if (depth > 0) this.#isBroken = true;
    this.#count(this.#at, at);
    this.#at = at;
    return this.#substitution(this.#text.slice(start, at - 1));
  }

  #here(): void {
    const [all, dash, quoted, bare = ''] =
      /^<<(-?)[ \t]*(?:'([^'\n]*)'|((?:"[^"\n$`\\]*"|\\[^\n]|[\w.+:!@%,=/-])+))/.exec(
        this.#text.slice(this.#at, this.#at + 200),
      ) ?? [];
    if (all === undefined) this.#isBroken = true;
    else {
      this.#heres.push({ word: quoted ?? bare.replace(/["\\]/g, ''), isIndented: dash === '-' });
      this.#at += all.length;
    }
  }

  #newline(): void {
    this.#at += 1;
    const line = this.#line;
    this.#line += 1;
    const bodies: string[] = [];
    for (const here of this.#heres) bodies.push(this.#body(here));
    this.#heres = [];
    this.#end('', bodies.join(''), line);
  }

  #body({ word, isIndented }: Here): string {
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const [begin, end] = [this.#at, this.#lineEnd()];
      this.#at = end + 1;
      this.#line += 1;
      const line = this.#text.slice(begin, end).replace(/\r$/, '');
      if ((isIndented ? line.replace(/^\t+/, '') : line) === word) return this.#text.slice(start, begin);
    }
    return this.#text.slice(start);
  }

  #operator(character: string, next: string): void {
    // `2>&1`, `&>file` and `>|file` are redirections.
    const isRedirection = /[<>]/.test(this.#text[this.#at - 1] ?? '') || (character === '&' && next === '>');
    if (isRedirection && /[&|]/.test(character)) {
      this.#take(1);
      return;
    }
    if (character === '(' || character === ')') {
      this.#parenthesis(character, next);
      return;
    }
    if (this.#isCondition) {
      this.#take(1);
      return;
    }
    const isDouble = character === next;
    this.#at += isDouble ? 2 : 1;
    const joint = character === '|' ? (isDouble ? '||' : '|') : character === '&' && isDouble ? '&&' : '';
    this.#end(joint, '', this.#line, !isDouble && /[|&]/.test(character));
  }

  // `a=(…)` is a list, `((…))` arithmetic; within `[[ … ]]` it is part of the condition, and else a subshell begins or ends.
  #parenthesis(character: string, next: string): void {
    if (this.#isCondition) this.#take(1);
    else if (character === '(' && /[\w\]]\+?=$/.test(this.#command.slice(-3))) {
      const end = this.#closing(')');
      this.#count(this.#at, end);
      this.#command += this.#substitution(this.#text.slice(this.#at + 1, end));
      this.#at = end + 1;
    } else if (character === '(' && next === '(' && this.#command.trim() === '') {
      const end = this.#closing('))');
      this.#count(this.#at, end);
      this.#command += `let ${this.#text.slice(this.#at + 2, end)}`;
      this.#at = end + 2;
    } else {
      this.#end('');
      this.#found.push({ text: character, after: this.#after, line: this.#line, here: '' });
      this.#after = '';
      this.#at += 1;
    }
  }

  #end(joint: ScriptCommand['after'], here = '', line = this.#line, isLeftApart = false): void {
    const text = this.#command.trim();
    if (text !== '') {
      this.#found.push({
        text,
        after: this.#after,
        line: Math.min(this.#start, line),
        here,
        ...(isLeftApart ? { isLeftApart } : {}),
      });
      this.#after = joint;
    } else if (joint !== '') this.#after = joint;
    this.#command = '';
    this.#isCondition = false;
    this.#start = this.#line;
  }
}
