import { isDeepStrictEqual } from 'node:util';
import { type Accounts, readAccounts } from '../../../layers/accounts.ts';
import type { TreeNode } from '../../../layers/filesystem.ts';
import type { BaseSide, RebaseEvidence } from '../evidence.ts';

/** Users and groups of the image's own files, and the user it runs as, that the bases do not agree on. */
export function* boundByIdentities(evidence: RebaseEvidence): Generator<string> {
  const [old, fresh] = [accountsOf(evidence.before), accountsOf(evidence.after)];
  const { users, groups } = ownersOf(evidence);
  for (const uid of users) {
    if (!isDeepStrictEqual(old.byId.get(uid), fresh.byId.get(uid))) yield `it has files of user ${uid}, ${changed}`;
  }
  for (const gid of groups) {
    if (old.groups.get(gid) !== fresh.groups.get(gid)) yield `it has files of group ${gid}, ${changed}`;
  }
  yield* boundByUser(evidence, old, fresh);
}

function accountsOf({ files }: BaseSide): Accounts {
  return readAccounts(files.text('etc/passwd'), files.text('etc/group'));
}

const changed = 'whom the new base knows by another name, group or home';

interface Owners {
  readonly users: Set<string>;
  readonly groups: Set<string>;
}

// Folders that the bases have are theirs.
function ownersOf({ own, before, after }: RebaseEvidence): Owners {
  const owners: Owners = { users: new Set(), groups: new Set() };
  for (const { tree } of own) {
    const open: (readonly [TreeNode, TreeNode | undefined, TreeNode | undefined])[] = [
      [tree.root, before.files.root, after.files.root],
    ];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [node, old, fresh] = next;
      const { entry } = node;
      const isOfBase = entry?.kind === 'directory' && (old !== undefined || fresh !== undefined);
      if (entry?.attributes !== undefined && !isOfBase) {
        owners.users.add(String(entry.attributes.uid));
        owners.groups.add(String(entry.attributes.gid));
      }
      for (const [name, child] of node.children ?? []) {
        open.push([child, old?.children?.get(name), fresh?.children?.get(name)]);
      }
    }
  }
  return owners;
}

function* boundByUser({ history, before, after }: RebaseEvidence, old: Accounts, fresh: Accounts): Generator<string> {
  const userOf = ({ parts }: BaseSide) => String(parts.config.config.User ?? '');
  let isOwn = false;
  for (const { step } of history) {
    if (step.kind === 'setting' && step.keyword === 'user') {
      isOwn = true;
      yield* boundByName(step.rest, old, fresh);
    }
    const isMaking = step.kind === 'workdir' || step.kind === 'run';
    if (isMaking && !isOwn && userOf(before) !== userOf(after)) {
      yield 'the user of the base has changed, and the image makes files before it sets its own';
    }
  }
}

function* boundByName(text: string, old: Accounts, fresh: Accounts): Generator<string> {
  const [user = '', group] = text.replace(/^["']|["']$/g, '').split(':');
  const why = `it runs as ${JSON.stringify(text)}, ${changed}`;
  const of = ({ byId, byName }: Accounts) => (/^\d+$/.test(user) ? byId.get(user) : byName.get(user));
  if (!isDeepStrictEqual(of(old), of(fresh))) yield why;
  const name = of(old)?.name ?? user;
  const more = ({ memberships }: Accounts) => [...(memberships.get(name) ?? [])].sort();
  if (!isDeepStrictEqual(more(old), more(fresh))) yield why;
  if (
    group !== undefined &&
    (old.groupIds.get(group) !== fresh.groupIds.get(group) || old.groups.get(group) !== fresh.groups.get(group))
  ) {
    yield why;
  }
}
