import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { RefreshReport } from '../../core/report/report.ts';
import { useBundles } from '../hosts/bundles.ts';
import { runProcess } from '../hosts/run.ts';
import { type FleetSite, openFleet } from './site.ts';

const bundles = useBundles();
vi.setConfig({ testTimeout: 240_000 });
let site: FleetSite;
afterEach(() => site.close());

const file = readFileSync(join(import.meta.dirname, '../../templates/jenkins/Jenkinsfile'), 'utf8');

type Step =
  | { readonly kind: 'sh'; readonly script: string }
  | { readonly kind: 'stash' | 'unstash'; readonly name: string };

/** The steps of a part of the file, in their order; of Groovy's strings, those in single quotes have `\\` for a backslash. */
function stepsOf(part: string): readonly Step[] {
  const steps = /\bsh '''([\s\S]*?)'''|\bsh '([^'\n]*)'|\b(stash name:|unstash) ['"]([^'"]+)['"]/g;
  return [...part.matchAll(steps)].map(([, long, short = '', word, name = '']) => {
    if (word !== undefined) return { kind: word === 'unstash' ? 'unstash' : 'stash', name };
    return { kind: 'sh', script: (long ?? short).replaceAll('\\\\', '\\') };
  });
}

/** Every stage once for each value of its axis, then what stands under `post`. */
function cells(): readonly { readonly stage: string; readonly machine?: string; readonly steps: readonly Step[] }[] {
  const [stages = '', post = ''] = file.split(/^ {2}post \{/m);
  const parts = stages.split(/^ {4}stage\('/m).slice(1);
  const found = parts.flatMap((part) => {
    const stage = part.slice(0, part.indexOf("'"));
    const values = /name 'MACHINE'; values ([^}]*?) \}/.exec(part)?.[1]?.match(/\d+/g);
    const steps = stepsOf(part);
    return values?.map((machine) => ({ stage, machine, steps })) ?? [{ stage, steps }];
  });
  return [...found, { stage: 'post', steps: stepsOf(post) }];
}

test('the stages of the Jenkinsfile refresh every image, level by level, each leg once', async () => {
  site = await openFleet([{ name: 'golden' }, { name: 'web', on: 'golden' }]);
  const top = join(site.folder, '..');
  const [bin, stashes] = [join(top, 'bin'), join(top, 'stashes')];
  for (const folder of [bin, stashes]) mkdirSync(folder);
  writeFileSync(
    join(bin, 'base-image-refresh'),
    `#!/bin/sh\necho "$*" >>${top}/calls\nexec ${process.execPath} ${bundles().cli} "$@"\n`,
  );
  chmodSync(join(bin, 'base-image-refresh'), 0o755);
  const set = [...file.matchAll(/^ {4}(BIR_\w+) = '(.*)'$/gm)].map(([, name, value]) => [name, value]);
  expect(set.map(([name]) => name)).toEqual(['BIR_CONFIG', 'BIR_SHARDS', 'BIR_FLEET']);
  const own = { PATH: `${bin}:${join(process.execPath, '..')}:/usr/bin:/bin`, HOME: top, BIR_CONFIG: site.settings };
  const codes: unknown[] = [];
  const known: string[] = [];
  for (const { stage, machine = '', steps } of cells()) {
    for (const step of steps) {
      if (step.kind === 'sh') {
        const env = { ...Object.fromEntries(set), ...own, MACHINE: machine };
        const { code, stderr } = await runProcess('sh', ['-xec', step.script], { env, cwd: site.folder });
        if (code !== 0) codes.push([stage, machine, code, stderr]);
      } else if (step.kind === 'stash') {
        const name = step.name.replace(`\${MACHINE}`, machine);
        known.push(name);
        const from = join(site.folder, name === 'plan' ? 'out' : 'out/legs');
        if (existsSync(from)) cpSync(from, join(stashes, name), { recursive: true });
      } else {
        const pattern = new RegExp(`^${step.name.replace(/\$\{\w+\}/g, '\\d')}$`);
        for (const name of known.filter((one) => pattern.test(one) && existsSync(join(stashes, one))))
          cpSync(join(stashes, name), join(site.folder, name === 'plan' ? 'out' : 'out/legs'), { recursive: true });
      }
    }
  }
  expect(codes).toEqual([]);
  expect(known).toHaveLength(21);
  const calls = readFileSync(join(top, 'calls'), 'utf8').trim().split('\n');
  expect(calls.map((line) => line.split(' ')[0])).toEqual(['plan', 'refresh', 'refresh', 'report']);
  const { images }: RefreshReport = JSON.parse(readFileSync(join(site.folder, 'report/report.json'), 'utf8'));
  expect(images.map(({ name, promotion }) => [name, promotion?.digest]).toSorted()).toEqual(
    site.images.map(({ name }) => [name, site.released(name)]),
  );
  expect(site.images.filter(({ name }) => site.released(name) === site.old.get(name))).toEqual([]);
});
