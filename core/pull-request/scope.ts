import { type Digest, digestOf } from '../oci/digest.ts';
import { markdownCode, visibleText } from '../text/escape.ts';

/** What of a repository a run is about, by what the run itself was given: two runs with different scopes share no pull request. */
export interface RequestScope {
  /** Where the folder of the run stands in the repository; empty at its top. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** The scope of a run on a whole repository. */
export const wholeRepository: RequestScope = { folder: '', files: [], include: [], exclude: [] };

/** The name of a scope in marks: the same patterns in another order are the same scope. */
export function scopeKey({ folder, files, include, exclude }: RequestScope): Digest {
  return digestOf(JSON.stringify([folder, ...[files, include, exclude].map((list) => list.toSorted())]));
}

/** What tells the branches of a scope from those of others, readable and as git allows it: `web-1a2b3c4d`. */
export function scopeSuffix(scope: RequestScope): string {
  const words = (scope.folder || scope.files[0] || '').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');
  const hash = scopeKey(scope).slice('sha256:'.length).slice(0, 8);
  return words === '' ? hash : `${words.slice(0, 40)}-${hash}`;
}

/** A sentence that says whose runs keep a pull request; empty for those on a whole repository. */
export function scopeSentence({ folder, files, include, exclude }: RequestScope): string {
  const said = [
    folder === '' ? [] : [`the folder ${shown([folder])}`],
    files.length === 0 ? [] : [`the files ${shown(files)}`],
    include.length === 0 ? [] : [`include ${shown(include)}`],
    exclude.length === 0 ? [] : [`exclude ${shown(exclude)}`],
  ].flat();
  return said.length === 0 ? '' : `It belongs to runs with ${said.join(', ')}.`;
}

function shown(texts: readonly string[]): string {
  const first = texts.slice(0, 3).map((text) => markdownCode(visibleText(text, 100)));
  return texts.length > 3 ? `${first.join(', ')} and ${texts.length - 3} more` : first.join(', ');
}
