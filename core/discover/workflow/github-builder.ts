import type { Cost } from '../cost.ts';
import { createJobSession, type Published } from '../published.ts';
import { isKnown, reasonIn } from '../unknown.ts';
import { publishingActions } from './actions.ts';
import { metadataOf } from './metadata.ts';
import type { Publication } from './publications.ts';

/** Whether a job calls the workflow of docker/github-builder that builds an image. */
export function isGithubBuilder(uses: string): boolean {
  return /^docker\/github-builder\/\.github\/workflows\/build\.yml@/.test(uses);
}

// Inputs that change nothing of what is built, or that are names and labels of docker/metadata-action.
const plainInputs =
  /^(?:runner|distribute|fail-fast|job-name-prefix|setup-qemu|artifact-[a-z-]+|cache|cache-scope|cache-mode|output|sign|registry-identities|set-meta-labels|set-meta-annotations|meta-[a-z]+)$/;

/** What docker/github-builder publishes: it builds as docker/build-push-action does, and names as docker/metadata-action. */
export function githubBuilderPublishes(
  given: Readonly<Record<string, string>>,
  line: number | undefined,
  { publication, cost, doubt }: { readonly publication: Publication; readonly cost: Cost; readonly doubt?: string },
): readonly Published[] {
  const output = given.output ?? 'image';
  if (isKnown(output) && output !== 'image') return [];
  const inputs = {
    images: given['meta-images'] ?? '',
    tags: given['meta-tags'] ?? '',
    flavor: given['meta-flavor'] ?? '',
  };
  const metadata = metadataOf(inputs, publication, cost);
  const open = isKnown(output) ? undefined : `whether it makes an image depends: ${reasonIn(output)}`;
  const session = createJobSession(() => false, doubt ?? open);
  const built = Object.fromEntries(Object.entries(given).filter(([input]) => !plainInputs.test(input)));
  const folder = given.context ?? '';
  const context = folder === '' ? {} : { context: `{{defaultContext}}:${folder}` };
  const action = publishingActions.find(({ fits }) => fits.test('docker/build-push-action'));
  action?.run(
    { name: 'docker/github-builder', given: { ...built, ...context, tags: metadata.tags.join('\n') }, line },
    session,
    cost,
  );
  return session.published;
}
