import { expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { createScanCaches, type ScanCache } from '../../core/scan/trivy/scan-cache.ts';

const [debian, python, alpine] = ['debian', 'python', 'alpine'].map((name) => digestOf(Buffer.from(name)));
if (debian === undefined || python === undefined || alpine === undefined) throw new Error('three layers');

test('the disk is for one scan at a time; what shares a base with others waits, and the rest goes on beside it', async () => {
  const caches = createScanCaches();
  const [began, ends]: [string[], Record<string, () => void>] = [[], {}];
  const scan = (name: string, baseLayers: Parameters<typeof caches.use>[0]['baseLayers']) =>
    caches.use({ baseLayers }, (cache: ScanCache) => {
      began.push(`${name} ${cache}`);
      return new Promise<void>((resolve) => {
        ends[name] = resolve;
      });
    });
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  const all = [
    scan('a', [debian]),
    scan('b', [debian, python]),
    scan('c', [alpine]),
    scan('d', [alpine]),
    scan('e', []),
  ];
  await pause();
  expect(began.toSorted()).toEqual(['a fs', 'c memory', 'e memory']);
  ends.a?.();
  await pause();
  expect(began.slice(3)).toEqual(['b fs']);
  caches.leave();
  ends.b?.();
  await pause();
  expect(began.slice(4)).toEqual(['d memory']);
  for (const end of Object.values(ends)) end();
  await Promise.all(all);
});
