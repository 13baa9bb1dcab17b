import { expect, test } from 'vitest';
import { describeChange, differences, type Facts } from '../../core/validate/compatibility.ts';

const settings: Facts['settings'] = {
  entrypoint: ['/app'],
  cmd: ['serve'],
  user: 'app',
  workdir: '/srv',
  stopSignal: '',
  env: { PATH: '/bin', VERSION: '1' },
  ports: ['8080/tcp'],
  volumes: ['/data'],
};
const debian = { id: 'debian', release: '12', libc: 'glibc' };

type Row = readonly [Partial<Facts['settings']>, readonly string[]];
test.each<Row>([
  [{}, []],
  [{ entrypoint: ['/bin/app'] }, ['! entrypoint from ["/app"] to ["/bin/app"]']],
  [{ entrypoint: [] }, ['! entrypoint ["/app"] is gone']],
  [{ cmd: [] }, ['! command ["serve"] is gone']],
  [{ user: '' }, ['! user app is gone']],
  [{ workdir: '/' }, ['! working folder from /srv to /']],
  [{ stopSignal: 'SIGQUIT' }, ['stop signal SIGQUIT is new']],
  [{ ports: [] }, ['! port 8080/tcp is gone']],
  [{ ports: ['8080/tcp', '9090/tcp'] }, ['port 9090/tcp is new']],
  [{ volumes: ['/other'] }, ['volume /data is gone', 'volume /other is new']],
  [{ env: { PATH: '/bin', VERSION: '2' } }, ['variable VERSION has another value']],
  [{ env: { PATH: '/bin', EXTRA: 'x' } }, ['variable EXTRA is new', '! variable VERSION is gone']],
])('settings %j', (changed, expected) => {
  const found = differences({ settings }, { settings: { ...settings, ...changed } });
  expect(found.map((change) => `${change.breaking ? '! ' : ''}${describeChange(change)}`)).toEqual(expected);
});

type System = Facts['distribution'];
test.each<readonly [System, System, readonly string[]]>([
  [debian, debian, []],
  [debian, { ...debian, release: '13' }, ['distribution from debian 12 to debian 13']],
  [
    debian,
    { id: 'alpine', release: '3.20', libc: 'musl' },
    ['distribution from debian 12 to alpine 3.20', 'C library from glibc to musl'],
  ],
  [debian, null, ['distribution debian 12 is gone', 'C library glibc is gone']],
  [null, null, []],
])('%j and %j', (from, to, expected) => {
  const facts = (distribution: System): Facts => ({
    settings,
    ...(distribution === undefined ? {} : { distribution }),
  });
  const found = differences(facts(from), facts(to));
  expect(found.map(describeChange)).toEqual(expected);
  expect(found.every(({ breaking }) => breaking)).toBe(true);
});

test('values of variables are in no report: they may be secrets', () => {
  const found = differences(
    { settings: { ...settings, env: { TOKEN: 'hunter2' } } },
    { settings: { ...settings, env: { TOKEN: 'hunter3' } } },
  );
  expect(JSON.stringify(found)).not.toContain('hunter');
});
