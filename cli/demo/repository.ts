/** What is fixed in the demo: the names that its story uses. */
export const names = {
  base: { repository: 'library/debian', tag: '12' },
  platform: { repository: 'demo/platform', tags: ['1', 'latest'] },
  web: { repository: 'demo/web', tags: ['3'] },
} as const;

export const demoThresholds = { platform: 'high', web: 'medium' } as const;

/** The files of the demo's repository: two ordinary Dockerfiles, one on the other's image, and the configuration. */
export function repositoryFiles(registry: string): Readonly<Record<string, string>> {
  return {
    'platform/Dockerfile': `ARG REGISTRY=docker.io
FROM \${REGISTRY}/${names.base.repository}:${names.base.tag}
COPY entrypoint.sh /opt/platform/entrypoint.sh
ENTRYPOINT ["/opt/platform/entrypoint.sh"]
`,
    'platform/entrypoint.sh': entrypoint,
    'web/Dockerfile': `ARG REGISTRY=docker.io
FROM \${REGISTRY}/${names.platform.repository}:${names.platform.tags[0]}
COPY index.html /srv/www/index.html
CMD ["serve", "/srv/www"]
`,
    'web/index.html': page,
    '.base-image-refresh.yml': configuration(registry),
  };
}

export const entrypoint = '#!/bin/sh\nexec "$@"\n';
export const page = '<!doctype html>\n<title>Hello</title>\n<p>Hello from a fresh base.</p>\n';

function configuration(registry: string): string {
  return `# No Docker: the layers of the old base are swapped for the new one's, in the registry.
engine: rebase
build-args:
  REGISTRY: ${registry}
gate:
  severity-threshold: ${demoThresholds.platform}
  only-fixable: true
images:
  - name: platform
    dockerfile: platform/Dockerfile
    image: ${registry}/${names.platform.repository}
    tags: [${names.platform.tags.map((tag) => `"${tag}"`).join(', ')}]
  - name: web
    dockerfile: web/Dockerfile
    image: ${registry}/${names.web.repository}
    tags: [${names.web.tags.map((tag) => `"${tag}"`).join(', ')}]
    # Faces the internet, so it is held to more than the rest.
    gate:
      severity-threshold: ${demoThresholds.web}
scanner:
  skip-database-update: true
`;
}
