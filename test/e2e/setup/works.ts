import type { Site } from './site.ts';

/** The images that the repository publishes, by name. */
export const works = ['app', 'legacy', 'platform', 'tool', 'web'] as const;

/** An ordinary repository: plain, multi-stage, ARG in FROM, one image on another, and one that no policy lets pass. */
export async function writeWorks(site: Site): Promise<void> {
  const { host } = site.gateway;
  const entries = works.map((name) =>
    [
      `  - name: ${name}`,
      `    dockerfile: ${name}/Dockerfile`,
      `    image: ${host}/team/${name}:1`,
      ...(name === 'tool' ? ["    tags: ['1', latest]"] : []),
    ].join('\n'),
  );
  await site.write({
    '.base-image-refresh.yml': `images:\n${entries.join('\n')}\n`,
    'platform/Dockerfile': 'FROM debian:12\nRUN echo platform > /etc/platform\n',
    'web/Dockerfile': `FROM ${host}/team/platform:1\nCOPY index.html /srv/index.html\n`,
    'web/index.html': '<h1>web</h1>\n',
    'app/Dockerfile': [
      '# a build stage and a runtime stage on the same base',
      'FROM debian:12 AS build',
      'RUN dpkg-query -W openssl > /built-with',
      'FROM debian:12',
      'COPY --from=build /built-with /built-with',
      '',
    ].join('\n'),
    'tool/Dockerfile': 'ARG DEBIAN=12\nFROM debian:$DEBIAN\nRUN echo tool > /etc/tool\n',
    'legacy/Dockerfile': 'FROM debian:12\nCOPY node_modules /srv/node_modules\n',
    'legacy/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20","license":"MIT"}\n',
  });
}
