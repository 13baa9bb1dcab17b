/** A user of an image. */
export interface Account {
  readonly name: string;
  readonly uid: string;
  readonly gid: string;
  readonly home: string;
}

/** Users and groups of an image. */
export interface Accounts {
  readonly byId: ReadonlyMap<string, Account>;
  readonly byName: ReadonlyMap<string, Account>;
  /** Names by number. */
  readonly groups: ReadonlyMap<string, string>;
  readonly groupIds: ReadonlyMap<string, string>;
  /** Numbers of the groups that list a user. */
  readonly memberships: ReadonlyMap<string, readonly string[]>;
}

/** Reads `etc/passwd` and `etc/group` (passwd(5), group(5)): the first line of a name or number counts. */
export function readAccounts(passwd: string | undefined, group: string | undefined): Accounts {
  const byId = new Map<string, Account>();
  const byName = new Map<string, Account>();
  for (const [name = '', , uid = '', gid = '', , home = ''] of linesOf(passwd)) {
    const account = { name, uid, gid, home };
    if (!byId.has(uid)) byId.set(uid, account);
    if (!byName.has(name)) byName.set(name, account);
  }
  const groups = new Map<string, string>();
  const groupIds = new Map<string, string>();
  const memberships = new Map<string, string[]>();
  for (const [name = '', , gid = '', members = ''] of linesOf(group)) {
    if (!groups.has(gid)) groups.set(gid, name);
    if (!groupIds.has(name)) groupIds.set(name, gid);
    for (const member of members.split(',')) {
      const of = memberships.get(member);
      if (of === undefined) memberships.set(member, [gid]);
      else of.push(gid);
    }
  }
  return { byId, byName, groups, groupIds, memberships };
}

function linesOf(text: string | undefined): readonly (readonly string[])[] {
  return (text ?? '').split('\n').flatMap((line) => (line.includes(':') ? [line.split(':')] : []));
}
