import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { attachmentName, jobName, underOwnName } from '../../ado-task/leg.ts';
import { type AttachmentLocation, fetchText, findAttachments, groupedReports } from '../../ado-task/tab/attachments.ts';

const place: AttachmentLocation = {
  organisation: 'https://dev.azure.example/acme/',
  project: 'sh op',
  build: 7,
  token: 't0ken',
};

function server(answers: Readonly<Record<string, Response>>) {
  const asked: { href: string; authorization: string | null }[] = [];
  const send: typeof fetch = async (input, init) => {
    const href = String(input);
    asked.push({ href, authorization: new Headers(init?.headers).get('authorization') });
    return answers[href] ?? new Response('', { status: 404 });
  };
  return { asked, send };
}

const list =
  'https://dev.azure.example/acme/sh%20op/_apis/build/builds/7/attachments/base-image-refresh.html?api-version=7.1-preview.2';

function link(href: string) {
  return { name: 'report.html', _links: { self: { href } } };
}

test('lists the reports of the build and asks for them on the same host, whatever their links say', async () => {
  const { asked, send } = server({
    [list]: Response.json({
      count: 4,
      value: [
        link(
          'https://dev.azure.example/acme/p1/_apis/build/builds/7/t/r/attachments/base-image-refresh.html/report.html',
        ),
        link(
          'https://acme.visualstudio.example/p1/_apis/build/builds/7/t2/r2/attachments/base-image-refresh.html/report.html',
        ),
        link('https://evil.example/elsewhere'),
        { name: 'without links' },
      ],
    }),
  });
  expect(await findAttachments(place, send)).toEqual([
    {
      name: 'report.html',
      href: 'https://dev.azure.example/acme/sh%20op/_apis/build/builds/7/t/r/attachments/base-image-refresh.html/report.html',
    },
    {
      name: 'report.html',
      href: 'https://dev.azure.example/acme/sh%20op/_apis/build/builds/7/t2/r2/attachments/base-image-refresh.html/report.html',
    },
  ]);
  expect(asked).toEqual([{ href: list, authorization: 'Bearer t0ken' }]);
});

test('a page without a build has no reports and asks nobody', async () => {
  const { asked, send } = server({});
  expect(await findAttachments({ ...place, build: null }, send)).toEqual([]);
  expect(asked).toEqual([]);
});

test('what the server refuses is an error that says so', async () => {
  await expect(findAttachments(place, server({}).send)).rejects.toThrow('the server answered 404');
  await expect(fetchText(list, place, server({}).send)).rejects.toThrow('the server answered 404');
});

test('reports stand by how their runs ended, the worst first, with the names of their jobs', () => {
  const env = (name: string, attempt = '1') => ({ SYSTEM_JOBDISPLAYNAME: name, SYSTEM_JOBATTEMPT: attempt });
  const names = [
    attachmentName('succeeded', env('refresh web_10')),
    attachmentName('policy-failed', env('refresh api')),
    attachmentName('succeeded', env('refresh web_9', '2')),
    attachmentName('incomplete', env('a/b "c".d')),
    'report.html',
  ];
  const groups = groupedReports(names.map((name) => ({ name, href: `https://dev.azure.example/${name}` })));
  expect(groups.map(({ ending, reports }) => [ending, ...reports.map(({ job }) => job)])).toEqual([
    ['Not complete', 'a_b _c_.d'],
    ['Refused by policy', 'refresh api'],
    ['In order', 'refresh web_9 (attempt 2)', 'refresh web_10'],
    ['Reports', 'report.html 5'],
  ]);
});

test('the files of two jobs never have one name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bir-leg-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'report.sarif');
  writeFileSync(path, '{}');
  const copy = (job: string) => underOwnName(path, { AGENT_TEMPDIRECTORY: folder, SYSTEM_JOBID: job });
  const [one, other] = [copy('1'), copy('2')];
  expect(basename(one)).toMatch(/^report-[0-9a-f]{12}\.sarif$/);
  expect(basename(one)).not.toBe(basename(other));
  expect(copy('1')).toBe(one);
  expect(readFileSync(other, 'utf8')).toBe('{}');
});

test('a job without a name of its own', () => {
  expect(jobName({})).toBe('job');
});
