import { expect, test } from 'vitest';
import { describeFailure } from '../../core/failure.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { workflowOf } from './shapes.ts';
import { discoveredWhereGitSays, shop } from './support.ts';

const compose = 'services: { app: { build: ., image: "ghcr.io/acme/app:${TAG:-dev}" } }';

async function published(steps: string, more: Readonly<Record<string, string>> = {}) {
  const files = workflowOf('{ push: { branches: [main] } }', steps, { 'compose.yaml': compose, ...more });
  const { builds, notices } = await discoveredWhereGitSays(shop(files), (root) => ({
    'rev-parse --show-toplevel': root,
    'symbolic-ref --short': 'origin/main',
  }));
  return {
    images: builds.flatMap(({ build }) => build.releases.map(formatReference)),
    notices: notices.map(describeFailure).join('\n'),
  };
}

test.each([
  ['docker compose push'],
  ['docker compose build --push app'],
  ['docker-compose --profile release -p shop push'],
  ['docker compose -f compose.yaml push'],
  ['docker compose --file=./compose.yaml push app'],
  ['docker compose -f compose.test.yaml up --build'],
  ['TAG=1 docker compose run app'],
])('%s publishes what the usual file says, or nothing', async (line) => {
  expect(await published(`- run: ${line}`)).toEqual({ images: ['ghcr.io/acme/app:dev'], notices: '' });
});

test.each([
  ['docker compose -f docker-compose.prod.yml push', 'it is given docker-compose.prod.yml'],
  ['docker compose -f compose.yaml -f prod.yaml build --push', 'it is given compose.yaml and prod.yaml'],
  ['docker-compose --env-file prod.env push app', '--env-file is given'],
  ['podman compose --project-directory prod push', '--project-directory is given'],
  ['COMPOSE_FILE=docker-compose.prod.yml docker compose push', 'COMPOSE_FILE is set'],
  ['TAG=prod docker compose push', 'its variable TAG has the value of the environment'],
])('%s publishes what the usual file does not name', async (line, why) => {
  const { images, notices } = await published(`- run: ${line}`, {
    'docker-compose.prod.yml': 'services: { app: { build: ., image: "ghcr.io/acme/app:prod" } }',
  });
  expect(images).toEqual([]);
  expect(notices).toContain(`Compose publishes service app in a way that its file does not say: ${why}`);
  expect(notices).toContain('give --image app=REGISTRY/REPOSITORY:TAG or name it under images:');
});
