import { FailureError } from '../failure.ts';
import { familiar, parseReference, type Reference } from '../oci/reference.ts';
import { DockerfileRefusal } from './refusal.ts';

/** Named build contexts by the name that BuildKit looks them up by. */
export type Contexts = ReadonlyMap<string, string>;

/** Parses what stands for an image; throws Refusal. */
export function referenceIn(name: string): Reference {
  try {
    return parseReference(name);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    throw new DockerfileRefusal('invalid-reference', null, `"${name.slice(0, 300)}" ${error.failure.detail}`);
  }
}

/** The name of a context as BuildKit keeps it: the familiar one, without ":latest". */
export function contextKey(name: string): string {
  try {
    return familiar(referenceIn(name)).replace(/:latest$/, '');
  } catch (error) {
    if (!(error instanceof DockerfileRefusal)) throw error;
    throw new DockerfileRefusal('invalid-context', null, `invalid context name ${name}: ${error.message}`);
  }
}

/** Reads named contexts; throws Refusal for a name that is not one. */
export function readContexts(contexts: Readonly<Record<string, string>>): Contexts {
  return new Map(Object.entries(contexts).map(([name, value]) => [contextKey(name), value]));
}

/** The context that stands for a name, undefined where none does; `scratch` and `context` cannot be replaced. */
export function contextFor(contexts: Contexts, name: string): string | undefined {
  if (/^(?:scratch|context)$/i.test(name)) return undefined;
  // By far the most: no contexts, and a name that could be one.
  if (contexts.size === 0 && /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(name) && name.length < 64) return undefined;
  return contexts.get(contextKey(name));
}

/** Whether a context that is no image by name may hold one all the same: a layout, or what another build makes. */
export function mayHoldImage(context: string): boolean {
  return /^(?:oci-layout|target|service):/.test(context);
}

/** The image that a context is, undefined for a folder, URL, layout or nothing at all. */
export function imageOfContext(context: string): string | undefined {
  const image = /^docker-image:(?:\/\/)?(.*)$/.exec(context)?.[1];
  return image === 'scratch' ? undefined : image;
}
