import { expect, test } from 'vitest';
import { layered } from '../../../core/layers/filesystem.ts';
import { whyBound } from '../../../core/rebuild/rebase/touched.ts';
import { layer } from '../../layers/layers.ts';

const shared = [
  'etc/',
  'etc/passwd',
  'usr/bin/sh',
  'bin -> usr/bin',
  'tmp/',
  'usr/share/doc/tool/copyright',
  'var/lib/dpkg/status',
];
const bases = {
  before: layered([layer(...shared, 'usr/lib/python3.11/os.py', 'opt/gone')]),
  after: layered([layer(...shared, 'usr/lib/python3.12/os.py', 'opt/new')]),
};

test.each([
  ['files of its own', ['app/', 'app/server', 'app/lib/x.so', 'usr/local/bin/tool']],
  ['folders above them as the base has them', ['etc/', 'usr/', 'usr/bin/', 'usr/bin/mine', 'tmp/']],
  ['deletion of what an earlier layer of its own brought', ['-app/cache', '-app/data/*', 'app/data/new']],
  ['links, devices and hard links among its own', ['app/a', 'app/b => app/a', 'app/c -> /usr/bin/sh']],
  ['a database of its own that only sounds alike', ['srv/var/lib/dpkg/status', 'var/lib/dpkgs']],
  ['an empty folder of a package manager', ['var/lib/dpkg/']],
])('%s can stay', (_, lines) => {
  expect(whyBound(layer(...lines), bases)).toBeUndefined();
});

test.each([
  [['app/x', 'etc/passwd'], 'it changes etc/passwd, which is of the old base'],
  [['bin/sh'], 'it changes usr/bin/sh, which is of the old base'],
  [['bin/'], 'it changes bin, which is of the old base'],
  [['etc'], 'it changes etc, which is of the old base'],
  [['etc -> app/etc'], 'it changes etc, which is of the old base'],
  [['-etc/passwd'], 'it removes etc/passwd, which is of the old base'],
  [['-usr/share/doc'], 'it removes usr/share/doc, which is of the old base'],
  [['-usr/share/*'], 'it removes usr/share, which is of the old base'],
  [['-opt/new'], 'it removes opt/new, which the new base has'],
  [['opt/', 'opt/new'], 'it brings opt/new, which the new base has too'],
  [['opt/', 'opt/new/', 'opt/new/x'], 'it brings opt/new, which the new base has too'],
  [['app/sh => usr/bin/sh'], 'it links app/sh to usr/bin/sh, which is of the old base'],
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
  expect(whyBound(layer(...lines), bases)).toBe(why);
});
