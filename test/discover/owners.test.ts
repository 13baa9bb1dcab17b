import { expect, it } from 'vitest';
import { parseOwners } from '../../core/discover/owners.ts';
import { discovered, shop } from './support.ts';

const file = 'FROM debian:12\n';

it.each<[string, string, string, readonly string[]]>([
  ['everything', '* @acme/all', 'web/Dockerfile', ['@acme/all']],
  [
    'the last line that fits',
    '* @acme/all\n/web/ @acme/web ops@acme.example',
    'web/Dockerfile',
    ['@acme/web', 'ops@acme.example'],
  ],
  ['a line without owners', '* @acme/all\n/web/', 'web/Dockerfile', []],
  ['a name at any depth', 'Dockerfile @acme/ops', 'a/b/Dockerfile', ['@acme/ops']],
  ['a folder at any depth', 'web/ @acme/web', 'a/web/b/Dockerfile', ['@acme/web']],
  ['a folder without a slash at its end', '/web @acme/web', 'web/b/Dockerfile', ['@acme/web']],
  ['a folder of the top alone', '/web/ @acme/web', 'a/web/Dockerfile', []],
  ['files of a folder and not below it', 'web/* @acme/web', 'web/b/Dockerfile', []],
  ['files of a folder', 'web/* @acme/web', 'web/Dockerfile', ['@acme/web']],
  ['files of the top', '/* @acme/top', 'web/Dockerfile', []],
  ['stars for folders', '/apps/**/Dockerfile @acme/web', 'apps/a/b/Dockerfile', ['@acme/web']],
  ['a blank behind a backslash', '/my\\ app/ @acme/web', 'my app/Dockerfile', ['@acme/web']],
  ['comments', '# * @acme/no\n* @acme/all # @acme/no', 'Dockerfile', ['@acme/all']],
  ['what names nobody', '* <script> @acme/all @', 'Dockerfile', ['@acme/all']],
  ['a bracket, which the hosts pass over', '* @acme/all\n/[w]eb/ @acme/web', 'web/Dockerfile', ['@acme/all']],
  ['sections', '[Web] @acme/web\n/web/\n^[Ops][2]\n* @acme/ops', 'web/Dockerfile', ['@acme/web', '@acme/ops']],
  ['what a section leaves out', '[Ops]\n* @acme/ops\n!/web/', 'web/Dockerfile', []],
])('%s', (_, text, path, owners) => {
  expect(parseOwners(text, 'CODEOWNERS')(path)).toEqual(owners);
});

it('an image has the owner that the configuration states, else those of its Dockerfile', async () => {
  const root = shop({
    '.github/CODEOWNERS': '* @acme/all\n/api/ @acme/api\n',
    CODEOWNERS: '* @acme/other\n',
    'api/Dockerfile': file,
    'web/Dockerfile': file,
    '.base-image-refresh.yml': 'images:\n  - dockerfile: web/Dockerfile\n    owner: Web team\n',
  });
  const { builds, notices } = await discovered(root);
  expect(builds.map(({ build }) => [build.name, build.owners])).toEqual([
    ['api', ['@acme/api']],
    ['web', ['Web team']],
  ]);
  expect(notices).toEqual([]);
});

it('a CODEOWNERS that cannot be read is a notice, and nothing else', async () => {
  const { builds, notices, failures } = await discovered(
    shop({ Dockerfile: file, CODEOWNERS: `${'x'.repeat(5000)} @acme/all\n` }),
  );
  expect(builds.map(({ build }) => build.owners)).toEqual([undefined]);
  expect(notices).toMatchObject([
    { subject: 'CODEOWNERS', detail: expect.stringContaining('owners of images are not known') },
  ]);
  expect(failures).toEqual([]);
});
