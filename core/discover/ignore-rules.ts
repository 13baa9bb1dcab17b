import ignore, { type Ignore } from 'ignore';

/** The .gitignore files that apply to a folder, outermost first. */
export type IgnoreRules = readonly { readonly folder: string; readonly rules: Ignore }[];

/** The rules with those of one more .gitignore, which stands in `folder`. */
export function withIgnoreFile(outer: IgnoreRules, folder: string, text: string): IgnoreRules {
  return [...outer, { folder, rules: ignore().add(text) }];
}

/** Whether git would ignore the path: the innermost file that says anything decides (gitignore(5)). */
export function isIgnored(rules: IgnoreRules, path: string, isFolder: boolean): boolean {
  for (const { folder, rules: own } of rules.toReversed()) {
    const relative = folder === '' ? path : path.slice(folder.length + 1);
    const { ignored, unignored } = own.test(isFolder ? `${relative}/` : relative);
    if (ignored || unignored) return ignored;
  }
  return false;
}
