import { expect, test } from 'vitest';
import { boundByPaths } from '../../../core/rebuild/rebase/rules/paths.ts';
import { layer } from '../../layers/layers.ts';
import { evidenceOf } from './evidence.ts';

const shared = [
  'etc/',
  'etc/passwd',
  'usr/bin/sh',
  'bin -> usr/bin',
  'tmp/',
  'usr/share/doc/tool/copyright',
  'var/lib/dpkg/status',
];
const before = layer(...shared, 'usr/lib/python3.11/os.py', 'opt/gone', 'www -> var/www', 'mnt/', 'var/www/');
const after = layer(...shared, 'usr/lib/python3.12/os.py', 'opt/new', 'www -> var/site', 'mnt -> media', 'var/www/');

function reasons(lines: readonly string[], createdBy = 'RUN make # buildkit'): readonly string[] {
  const found = [...boundByPaths(evidenceOf({ before, after, own: [{ createdBy, files: layer(...lines) }] }))];
  return found.map((why) => why.replace(/^layer 2 is bound to the old base: /, ''));
}

test.each([
  ['files of its own', ['app/', 'app/server', 'app/lib/x.so', 'usr/local/bin/tool']],
  ['folders above them as the base has them', ['etc/', 'usr/', 'usr/bin/', 'usr/bin/mine', 'tmp/']],
  ['deletion of what an earlier layer of its own brought', ['-app/cache', '-app/data/*', 'app/data/new']],
  ['links, devices and hard links among its own', ['app/a', 'app/b => app/a', 'app/c -> /usr/bin/sh']],
  ['a database of its own that only sounds alike', ['srv/var/lib/dpkg/status', 'var/lib/dpkgs']],
  ['an empty folder of a package manager', ['var/lib/dpkg/']],
])('%s can stay', (_, lines) => {
  expect(reasons(lines)).toEqual([]);
});

test.each([
  [['app/x', 'etc/passwd'], 'it changes etc/passwd, which is of the old base'],
  [['bin/sh'], 'it has a folder bin, which is a symlink in the old base'],
  [['bin/'], 'it has a folder bin, which is a symlink in the old base'],
  [['mnt/x'], 'it has a folder mnt, which is a symlink in the new base'],
  [['etc'], 'it changes etc, which is of the old base'],
  [['etc -> app/etc'], 'it changes etc, which is of the old base'],
  [['-etc/passwd'], 'it removes etc/passwd, which is of the old base'],
  [['-usr/share/doc'], 'it removes usr/share/doc, which is of the old base'],
  [['-usr/share/*'], 'it removes usr/share, which is of the old base'],
  [['-opt/new'], 'it removes opt/new, which the new base has'],
  [['opt/', 'opt/new'], 'it brings opt/new, which the new base has too'],
  [['opt/', 'opt/new/', 'opt/new/x'], 'it has a folder opt/new, which is a file in the new base'],
  [['usr/lib/python3.11/site-packages/x.py'], 'it writes into usr/lib/python3.11, which the new base no longer has'],
  [['usr/lib/python3.11/'], 'it writes into usr/lib/python3.11, which the new base no longer has'],
  [
    ['-etc/passwd', 'var/lib/dpkg/info/x.list', 'var/lib/dpkg/status'],
    'it touches var/lib/dpkg/status, which is of the package database',
  ],
  [['var/lib/dpkg/lock'], 'it touches var/lib/dpkg/lock, which is of the package database'],
  [['-var/lib/dpkg/status'], 'it touches var/lib/dpkg/status, which is of the package database'],
  [['lib/apk/db/installed'], 'it touches lib/apk/db/installed, which is of the package database'],
  [
    ['usr/lib/sysimage/rpm/rpmdb.sqlite'],
    'it touches usr/lib/sysimage/rpm/rpmdb.sqlite, which is of the package database',
  ],
  [['var/lib/dpkg/status.d/tool'], 'it touches var/lib/dpkg/status.d/tool, which is of the package database'],
])('%j: %s', (lines, why) => {
  expect(reasons(lines)[0]).toBe(why);
});

test('COPY may overwrite a plain file of a base, as a build does it', () => {
  expect(reasons(['etc/passwd', 'opt/new', 'opt/gone'], 'COPY files / # buildkit')).toEqual([]);
  expect(reasons(['etc', 'bin'], 'COPY files / # buildkit')).toEqual([
    'it changes etc, which is of the old base',
    'it changes bin, which is of the old base',
  ]);
});

test('files may have come through a link that leads elsewhere on the new base', () => {
  expect(reasons(['var/', 'var/www/', 'var/www/page'], 'COPY page /www/ # buildkit')).toEqual([
    'it writes into var/www, and the link www that leads there differs between the bases',
  ]);
});

const folder = (mode: number, uid = 0, xattrs?: Readonly<Record<string, string>>) => ({
  ...layer(),
  entries: new Map([
    [
      'srv',
      { kind: 'directory', attributes: { mode, uid, gid: 0, ...(xattrs === undefined ? {} : { xattrs }) } } as const,
    ],
  ]),
});

test.each([
  [folder(0o755), folder(0o755), folder(0o755), undefined],
  [
    folder(0o777),
    folder(0o755),
    folder(0o777),
    'it writes into srv, whose mode, owner or attributes the new base has changed',
  ],
  [
    folder(0o755, 1),
    folder(0o755, 2),
    folder(0o755, 1),
    'it writes into srv, whose mode, owner or attributes the new base has changed',
  ],
  [folder(0o755), folder(0o755), folder(0o700), 'it has srv with another mode, owner or attributes than the base'],
  [
    folder(0o755),
    folder(0o755, 0, { a: 'b' }),
    folder(0o755),
    'it writes into srv, whose mode, owner or attributes the new base has changed',
  ],
  [layer(), folder(0o700), folder(0o755), 'it has srv with another mode, owner or attributes than the base'],
  [layer(), folder(0o700), folder(0o700), undefined],
  [folder(0o700), layer(), folder(0o700), 'it writes into srv, which the new base no longer has'],
])('a folder that the bases have is as they have it: %#', (old, fresh, own, why) => {
  const [found] = boundByPaths(
    evidenceOf({ before: old, after: fresh, own: [{ createdBy: 'COPY x /srv/ # buildkit', files: own }] }),
  );
  expect(found).toBe(why === undefined ? undefined : `layer 2 is bound to the old base: ${why}`);
});
