import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishBase } from './setup/base-pair.ts';
import { describeWith, program } from './setup/parts.ts';
import type { Kill, Ran } from './setup/run.ts';
import { type CliOptions, type Site, startSite } from './setup/site.ts';

/** A point of the run at which it is killed, by what can be seen of it from outside. */
interface Stage {
  readonly name: string;
  readonly signal: NodeJS.Signals;
  options(kill: () => void): CliOptions;
}

describeWith(['dockerd', 'distribution', 'trivy', 'crane', 'debian-pair'], 'a run that is killed', () => {
  let site: Site;
  let before: readonly (string | null)[];
  const refresh = ['refresh', '--severity-threshold', 'high', '--only-fixable', '--engine', 'buildx'];
  const tags = () => Promise.all([site.digest('team/tool:1'), site.digest('team/tool:latest')]);
  // BuildKit can lose the snapshot of a step that was cancelled and still think it cached: every run builds its own.
  const dockerfile = (run: string) => `FROM debian:12\nRUN echo begun && sleep 2 && echo ${run} > /etc/run\n`;
  const saying = (words: RegExp) => (kill: () => void) => ({
    onStderr: (text: string) => {
      if (words.test(text)) kill();
    },
  });

  beforeAll(async () => {
    site = await startSite();
    await site.write({
      '.base-image-refresh.yml': `images:\n  - name: tool\n    dockerfile: Dockerfile\n    image: ${site.gateway.host}/team/tool:1\n    tags: ['1', latest]\n`,
      Dockerfile: dockerfile('first'),
      'slow-scanner': `#!/bin/sh\ntouch "${site.folder}/scanning"\nsleep 2\nexec "${program('trivy', 'trivy')}" "$@"\n`,
    });
    await chmod(join(site.folder, 'slow-scanner'), 0o755);
    const first = await site.cli(['refresh', '--severity-threshold', 'none']);
    expect(first.code, first.stderr).toBe(0);
    await publishBase(site.registry.host, 'v2');
    before = await tags();
  });
  afterAll(() => site?.stop());

  const stages: readonly Stage[] = [
    { name: 'after the plan', signal: 'SIGKILL', options: saying(/to be rebuilt/) },
    { name: 'in the build', signal: 'SIGKILL', options: saying(/^#\d+ [\d.]+ begun$/m) },
    { name: 'in the build, politely', signal: 'SIGTERM', options: saying(/^#\d+ [\d.]+ begun$/m) },
    {
      name: 'in the scan',
      signal: 'SIGKILL',
      options: (kill) => {
        void appears(join(site.folder, 'scanning')).then(kill);
        return { scanner: join(site.folder, 'slow-scanner') };
      },
    },
    {
      name: 'at the first promotion',
      signal: 'SIGKILL',
      options: (kill) => {
        void site.gateway
          .hold(({ method, path }) => method === 'PUT' && path === '/v2/team/tool/manifests/1')
          .then(kill);
        return {};
      },
    },
  ];

  test.each(stages)('$name leaves the release tags as they were', async ({ name, signal, options }) => {
    await site.write({ Dockerfile: dockerfile(name) });
    let kill: Kill = () => {};
    let killed = false;
    const ran: Ran = await site.cli(refresh, {
      ...options(() => {
        killed = true;
        kill(signal);
      }),
      onStart: (started) => {
        kill = started;
      },
    });
    expect(killed, ran.stderr).toBe(true);
    expect(ran.code).not.toBe(0);
    // What the killed run started may still be at work: a build that goes on pushes its candidate and nothing else.
    await endOfClients(site.engine.env.DOCKER_HOST ?? '');
    site.gateway.release();
    await rm(join(site.folder, 'scanning'), { force: true });
    expect(await tags()).toEqual(before);
  });

  test('leaves nothing in the way of the next run', async () => {
    await site.write({ Dockerfile: dockerfile('last') });
    const ran = await site.cli(refresh);
    expect(ran.code, ran.stderr).toBe(0);
    const after = await tags();
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(after[0]);
  });

  test('leaves candidates that prune takes away, and no release tag with them', async () => {
    const listed = async (): Promise<readonly string[]> => {
      const answer = await fetch(`http://${site.registry.host}/v2/team/tool/tags/list`);
      return ((await answer.json()) as { readonly tags: readonly string[] }).tags;
    };
    const kept = await tags();
    const left = (await listed()).filter((tag) => /^bir-(?![kp]1-)/.test(tag));
    expect(left.length).toBeGreaterThan(0);
    const ran = await site.cli(['prune', '--candidate-max-age', '1s', '--format', 'json']);
    expect(ran.code, ran.stderr).toBe(0);
    const { candidates } = JSON.parse(ran.stdout);
    expect(candidates).toHaveLength(left.length);
    expect((await listed()).filter((tag) => /^bir-(?![kp]1-)/.test(tag))).toEqual([]);
    expect(await tags()).toEqual(kept);
  });
});

async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await delay(50);
}

/** Waits until no program any more was started for an engine, whoever is its parent by now. */
async function endOfClients(host: string): Promise<void> {
  const isClient = async (pid: string) =>
    /^\d+$/.test(pid) &&
    (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).includes(`DOCKER_HOST=${host}`);
  while ((await Promise.all((await readdir('/proc')).map(isClient))).includes(true)) await delay(100);
}
