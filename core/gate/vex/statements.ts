import type { PackageURL } from 'packageurl-js';
import type { Reference } from '../../oci/reference.ts';
import { parsePurl } from '../../scan/purl.ts';
import type { ReadIgnores } from '../ignore/ignores.ts';
import type { PolicyException } from '../policy.ts';

/** What a VEX document says of one vulnerability in one product, whatever its format. */
export interface VexStatement {
  readonly id: string;
  /** Whether the product is said not to be affected, or no longer. Anything else takes that back. */
  readonly harmless: boolean;
  /** Package URL of an image or of a package; absent where the document identifies it by other means. */
  readonly product: string | undefined;
  /** Package URL of the package in that product; absent for the whole product. */
  readonly component?: string | undefined;
  readonly reason: string;
  /** How the document names the product. */
  readonly name: string;
  /** The document that it stands in. */
  readonly source?: string;
}

/** Exceptions from statements in the order in which they were made: a later one about the same, or about the whole product, takes an earlier one back. */
export function exceptionsOf(statements: readonly VexStatement[], image: Reference | undefined): ReadIgnores {
  const exceptions: PolicyException[] = [];
  const skipped: string[] = [];
  for (const statement of standing(statements)) {
    const read = exceptionOf(statement, image);
    if (typeof read === 'string') skipped.push(read);
    else if (read !== undefined) exceptions.push(read);
  }
  return { exceptions, skipped };
}

function standing(statements: readonly VexStatement[]): readonly VexStatement[] {
  const whole = ({ id, product, name }: VexStatement) => JSON.stringify([id, product ?? name]);
  const part = (statement: VexStatement) => JSON.stringify([whole(statement), statement.component]);
  const last = new Map<string, number>();
  for (const [index, statement] of statements.entries()) {
    last.set(part(statement), index);
    if (!statement.harmless && statement.component === undefined) last.set(whole(statement), index);
  }
  return statements.filter(
    (statement, index) =>
      statement.harmless && last.get(part(statement)) === index && (last.get(whole(statement)) ?? -1) < index,
  );
}

// Undefined where the statement is about another image: that is no fault of the document.
function exceptionOf(
  { id, product, component, reason, name, source = '' }: VexStatement,
  image: Reference | undefined,
): PolicyException | string | undefined {
  const plain: PolicyException = { id, reason, source };
  const parsed = product === undefined ? undefined : parsePurl(product);
  if (parsed === undefined)
    return `${source}: ${name} is identified by no package URL, so what is said of it in ${id} accepts nothing`;
  if (!isImage(parsed)) return { ...plain, purl: component ?? parsed.toString() };
  if (image === undefined || !isOf(parsed, image)) return undefined;
  if (component === undefined) return plain;
  if (parsePurl(component) !== undefined) return { ...plain, purl: component };
  return `${source}: ${component} is not a package URL, so what is said of it in ${id} accepts nothing`;
}

function isImage({ type }: PackageURL): boolean {
  return type === 'oci' || type === 'docker';
}

// purl-spec, types oci and docker: an oci version is a digest, a docker version a tag or digest.
function isOf(purl: PackageURL, image: Reference): boolean {
  const [last] = image.repository.split('/').slice(-1);
  const repository = purl.qualifiers?.repository_url;
  const { version } = purl;
  if (version && version !== image.digest && version !== image.tag) return false;
  if (repository !== undefined && !sameRepository(repository, image)) return false;
  if (purl.type === 'oci') return purl.name.toLowerCase() === last?.toLowerCase();
  const path = [purl.namespace, purl.name].filter((part) => part).join('/');
  return image.repository === path || image.repository === `library/${path}`;
}

// The repository_url may or may not repeat the name.
function sameRepository(url: string, { registry, repository }: Reference): boolean {
  const whole = `${registry}/${repository}`.toLowerCase();
  const given = url
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^(?:index\.|registry-1\.)?docker\.io\//, 'docker.io/')
    .replace(/\/+$/, '');
  return given === whole || given === whole.slice(0, whole.lastIndexOf('/'));
}
