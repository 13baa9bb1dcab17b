import { fail } from '../../failure.ts';
import { familiar, formatReference, parseReference, type Reference } from '../../oci/reference.ts';
import type { RegistrySettings } from '../../registry/settings.ts';
import { placeToRead } from '../../registry/transport/endpoint.ts';
import type { BuildOrder, Pin } from '../engine.ts';

/** How BuildKit is made to take exactly the pinned digests, without a change to any file. */
export interface Pinning {
  /** `--build-context` by name. */
  readonly contexts: ReadonlyMap<string, string>;
  /** `--build-arg` by name. */
  readonly args: ReadonlyMap<string, string>;
  /** A BuildKit source policy for bases that no build context can stand in for; undefined where there are none. */
  readonly policy?: string;
}

type Routes = Pick<RegistrySettings, 'mirrors' | 'insecureHosts'>;

/** Turns pins into what buildx understands; `dockerfile` is the text that is built. */
export function pinningOf(order: BuildOrder, dockerfile: string, routes: Routes): Pinning {
  const contexts = new Map(Object.entries(order.build.contexts));
  const args = new Map<string, string>();
  const rules: object[] = [];
  const aliases = aliasesIn(dockerfile);
  for (const pin of order.pins) {
    const target = `${repositoryRead(routes, pin.source)}@${pin.digest}`;
    for (const name of contextsNaming(order.build.contexts, pin)) contexts.set(name, `docker-image://${target}`);
    if (pin.base.via === 'syntax') args.set('BUILDKIT_SYNTAX', target);
    else if (!isWritten(pin)) continue;
    else if (aliases.has(contextName(pin))) rules.push(conversion(pin.base.reference, target));
    else setOnce(contexts, contextName(pin), `docker-image://${target}`, order.build.name);
  }
  return { contexts, args, ...(rules.length === 0 ? {} : { policy: JSON.stringify({ rules }) }) };
}

/**
 * The name under which BuildKit looks a base up among named contexts: the familiar form of the reference as written,
 * without `:latest` (frontend/dockerui, NamedContext).
 */
function contextName({ base }: Pin): string {
  return familiar(parseReference(base.expanded)).replace(/:latest$/, '');
}

// A context replaces the stage of the same name with all its instructions, so "FROM node AS node" needs another way.
// Any word after AS counts: one too many only means a policy where a context would have done.
function aliasesIn(dockerfile: string): ReadonlySet<string> {
  return new Set([...dockerfile.matchAll(/\bas\s+([a-z][a-z0-9._-]*)/gi)].map(([, alias = '']) => alias.toLowerCase()));
}

// Contexts of the build that bring this very image in under another name ("base=docker-image://debian:12").
function contextsNaming(contexts: Readonly<Record<string, string>>, { base }: Pin): readonly string[] {
  const wanted = formatReference(base.reference);
  return Object.entries(contexts).flatMap(([name, value]) => {
    const [, image] = /^docker-image:\/\/(.+)$/.exec(value) ?? [];
    return image !== undefined && canonical(image) === wanted ? [name] : [];
  });
}

// Whether the Dockerfile names the image itself and not a context that stands for it.
function isWritten({ base }: Pin): boolean {
  return canonical(base.expanded) === formatReference(base.reference);
}

function canonical(text: string): string | undefined {
  try {
    return formatReference(parseReference(text));
  } catch {
    return undefined;
  }
}

function repositoryRead(routes: Routes, source: Reference): string {
  const { endpoint, repository } = placeToRead(routes, source);
  return `${endpoint.registry}/${repository}`;
}

// BuildKit, docs/build-repro.md: the identifier that is converted is the canonical one.
function conversion(reference: Reference, target: string): object {
  return {
    action: 'CONVERT',
    selector: { identifier: `docker-image://${formatReference(reference)}`, matchType: 'EXACT' },
    updates: { identifier: `docker-image://${target}` },
  };
}

function setOnce(contexts: Map<string, string>, key: string, value: string, subject: string): void {
  const known = contexts.get(key);
  if (known !== undefined && known !== value) {
    throw fail('config', subject, `its base ${key} is to be taken from ${known} and from ${value}`, 'name one');
  }
  contexts.set(key, value);
}
