import { itemsOf, mappingOf, textOf } from '../../discover/loose.ts';

/**
 * The actions on a repository that a bearer token says it is for (distribution, "Token Authentication Implementation");
 * undefined for one that says nothing: many registries hand out tokens that only they can read.
 */
export function grantedActions(header: string | undefined, repository: string): readonly string[] | undefined {
  const payload = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(header ?? '')?.[1];
  const claims = payload === undefined ? undefined : mappingOf(parsed(payload));
  if (!Array.isArray(claims?.access)) return undefined;
  return itemsOf(claims.access).flatMap((item) => {
    const access = mappingOf(item);
    return access?.type === 'repository' && access.name === repository
      ? itemsOf(access.actions).flatMap((action) => textOf(action) ?? [])
      : [];
  });
}

// Nothing is decided by it but what is told, so nobody has to vouch for the signature.
function parsed(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
