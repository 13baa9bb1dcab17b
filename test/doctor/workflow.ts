import { doctor, type Examined } from './support.ts';

export const offline = { offline: 'true' };
const sha = 'a'.repeat(40);
export const path = '.github/workflows/refresh.yml';

/** A workflow that is in order, with parts of it put in place of others. */
export function workflow(
  parts: { on?: string; permissions?: string; concurrency?: string; before?: string; step?: string } = {},
): string {
  return `name: refresh
on:
${parts.on ?? '  schedule: [{ cron: "17 4 * * *" }]'}
${parts.permissions ?? 'permissions: { contents: read, packages: write, security-events: write }'}
${parts.concurrency ?? 'concurrency: { group: refresh }'}
jobs:
  refresh:
    runs-on: ubuntu-latest
    steps:
${parts.before ?? '      - uses: actions/checkout@v5\n      - uses: docker/setup-buildx-action@v3'}
${parts.step ?? `      - uses: base-image-refresh/base-image-refresh@${sha}\n        with: { command: refresh, scanner-install: true }`}
      - uses: github/codeql-action/upload-sarif@v4
`;
}

/** What is found of it beside a Dockerfile whose image is published on ghcr.io. */
export function examine(
  text: string,
  inputs: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Examined> {
  const files = { Dockerfile: 'FROM debian:12\n', [path]: text, ...more };
  return doctor(files, { inputs: { ...offline, image: 'ghcr.io/acme/web:1', ...inputs } });
}

/** The step with these inputs. */
export const step = (inputs: string, reference = sha) =>
  `      - uses: base-image-refresh/base-image-refresh@${reference}\n        with:\n${inputs}`;
