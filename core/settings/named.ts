import type { Named } from './input.ts';

/** Names nothing of the runner. */
export const nothing: Named = { kind: 'nothing' };

/** Takes a text for the path of a file, which has to be the repository's own. */
export function namesFile(text: string): Named {
  return { kind: 'file', path: text };
}

/** Takes a text for something of the runner. */
export function namesRunner(text: string): Named {
  return { kind: 'runner', what: text };
}

/** Takes a text for a file, or for something of the runner where it begins with a scheme: https://, awskms://, pkcs11:. */
export function namesFileOrAddress(text: string): Named {
  return /^[A-Za-z][\w+.-]+:/.test(text) ? namesRunner(text) : namesFile(text);
}
