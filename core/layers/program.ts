import { type ElfFacts, readElf } from './elf.ts';

/** What a file is run with. */
export type FileProgram =
  | { readonly kind: 'script'; readonly interpreter: string }
  | { readonly kind: 'elf'; readonly facts: ElfFacts }
  /** It is damaged, or too large to be read. */
  | { readonly kind: 'unread' };

/** Bytes from which on it is known what a file is: headers of programs stand there, and of static ones nothing else counts. */
export const headBytes = 4096;
/** Bytes: of a larger program only the head is read. */
export const largestProgram = 64 * 1024 ** 2;
/** Characters of `#!` lines that Linux reads (BINPRM_BUF_SIZE). */
const longestInterpreter = 256;

/** Whether a file begins as an ELF file does. */
export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** What a file of this content is run with; undefined where it is no program. */
export function programIn(content: Buffer): FileProgram | undefined {
  if (content[0] === 0x23 && content[1] === 0x21) {
    const [line = ''] = content.subarray(2, longestInterpreter).toString('utf8').split('\n', 1);
    return { kind: 'script', interpreter: line.trim() };
  }
  if (!isElf(content)) return undefined;
  const facts = readElf(content);
  return facts === undefined ? { kind: 'unread' } : { kind: 'elf', facts };
}
