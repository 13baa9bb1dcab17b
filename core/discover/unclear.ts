import { formatReference } from '../oci/reference.ts';
import { configFileName } from '../product.ts';
import type { ByDigest, Published } from './published.ts';
import { type Notice, referenceOrNone } from './stated.ts';
import { isKnown, reasonIn, withEllipses } from './unknown.ts';

/** What a job publishes, and where. */
export type Sited = Published & {
  readonly from: string;
  readonly file: string;
  /** It is built for one platform of an index. */
  readonly isLeg?: true;
};

/** What to do about an image that is not known. */
export const inConfiguration = `name it under images: in ${configFileName}`;
/** So many names stand in one notice. */
export const mostListed = 5;

/** Where a notice about what is published stands. */
export function subjectOf({ line, file }: Pick<Sited, 'line' | 'file'>, path: string): string {
  return line === undefined ? (file ?? path) : `${file}:${line}`;
}

/** The job, without its file. */
export function jobOf(from: string): string {
  return from.split(' ').at(-1) ?? from;
}

/** Says that an image is published which is not known here. */
export function unclear(one: Sited, why: string | undefined): Notice {
  const names = one.names.map((name) =>
    isKnown(name) ? name : withEllipses(name) === '…' ? reasonIn(name) : `${withEllipses(name)} (${reasonIn(name)})`,
  );
  const what = why ?? 'what it is built from is not known';
  const detail = `${one.by} in ${jobOf(one.from)} publishes an image that is not known here: ${[...names.slice(0, mostListed), what].join('; ')}`;
  const [known] = one.names.filter(isKnown).flatMap((name) => referenceOrNone(name) ?? []);
  return {
    subject: subjectOf(one, one.file),
    detail,
    remedy: `${inConfiguration} with its dockerfile`,
    ...(known === undefined ? {} : { image: formatReference(known) }),
  };
}

/** Says that what is pushed by digest has no index that is known. */
export function unnamedLeg({ repository, by, line }: ByDigest, { path }: { readonly path: string }): Notice {
  return {
    subject: line === undefined ? path : `${path}:${line}`,
    detail: `${by} pushes to ${withEllipses(repository)} by digest, and no step that is understood names what is put together of it`,
    remedy: `give --image NAME=REGISTRY/REPOSITORY:TAG or ${inConfiguration}`,
  };
}
