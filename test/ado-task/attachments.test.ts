import { expect, test } from 'vitest';
import { type AttachmentLocation, fetchText, findAttachments } from '../../ado-task/tab/attachments.ts';

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
