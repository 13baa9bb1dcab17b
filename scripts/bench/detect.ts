import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Outcome } from './bench.ts';
import { inTurn, measured, medianOf, peakOf, time } from './measure.ts';

const [folders, each] = [2000, 5];

/** The bases of 10,000 Dockerfiles. */
export async function detect(bench: Bench): Promise<Outcome> {
  const repository = await writeTree(bench.folder);
  const program = { file: process.execPath, args: [bench.cli, 'detect', repository, '--format', 'json'] };
  const samples = await inTurn(bench.runs, {
    detect: async () => {
      const { milliseconds, stdout } = await time(program);
      const found = (JSON.parse(stdout) as { dockerfiles: readonly unknown[] }).dockerfiles.length;
      if (found !== folders * each) throw new Error(`detect found ${found} Dockerfiles`);
      return { milliseconds };
    },
  });
  const megabytes = await peakOf(program, bench.folder);
  const row = measured(
    'base-image-refresh detect',
    (samples.detect ?? []).map((sample) => ({ ...sample, megabytes })),
  );
  const seconds = (medianOf(row) ?? Number.NaN) / 1000;
  return {
    title: `${folders * each} Dockerfiles in ${folders} folders`,
    rows: [row],
    targets: [
      { text: 'at most 3 s', measured: `${seconds.toFixed(2)} s`, isMet: seconds <= 3 },
      { text: 'at most 300 MB', measured: `${megabytes.toFixed(0)} MB`, isMet: megabytes <= 300 },
    ],
  };
}

// As repositories have them: several stages, arguments, mounts, and twenty lines or so.
async function writeTree(root: string): Promise<string> {
  const repository = join(root, 'repository');
  for (let number = 0; number < folders; number++) {
    const folder = join(repository, `group-${number % 40}`, `service-${number}`);
    await mkdir(folder, { recursive: true });
    const names = ['Dockerfile', ...Array.from({ length: each - 1 }, (_, at) => `Dockerfile.${at}`)];
    await Promise.all(names.map((name, at) => writeFile(join(folder, name), dockerfile(number * each + at))));
  }
  return repository;
}

function dockerfile(number: number): string {
  return `# syntax=docker/dockerfile:1
ARG VERSION=${number % 30}
ARG VARIANT=alpine
FROM --platform=$BUILDPLATFORM node:\${VERSION}-\${VARIANT} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \\
    npm ci && \\
    npm run build
COPY . .
RUN <<EOF
set -e
npm test
EOF
FROM build AS test
RUN npm run e2e
FROM debian:\${DEBIAN:-12}-slim
COPY --from=build /src/dist /app
COPY --from=busybox:1.${number % 40} /bin/busybox /bin/busybox
ENV NODE_ENV=production PORT=80${number % 90}
USER 1000
ENTRYPOINT ["/app/server", "--number", "${number}"]
`;
}
