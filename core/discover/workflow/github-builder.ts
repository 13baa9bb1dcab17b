import type { Cost } from '../cost.ts';
import { createJobSession, type Published } from '../published.ts';
import { publishingActions } from './actions.ts';
import { metadataOf } from './metadata.ts';
import type { Publication } from './publications.ts';

/** Whether a job calls the workflow of docker/github-builder that builds an image. */
export function isGithubBuilder(uses: string): boolean {
  return /^docker\/github-builder\/\.github\/workflows\/build\.yml@/.test(uses);
}

/** What docker/github-builder publishes: it builds as docker/build-push-action does, and names as docker/metadata-action. */
export function githubBuilderPublishes(
  given: Readonly<Record<string, string>>,
  line: number | undefined,
  { publication, cost, doubt }: { readonly publication: Publication; readonly cost: Cost; readonly doubt?: string },
): readonly Published[] {
  if ((given.output ?? 'image') !== 'image' || (given.push ?? 'false') === 'false') return [];
  const inputs = {
    images: given['meta-images'] ?? '',
    tags: given['meta-tags'] ?? '',
    flavor: given['meta-flavor'] ?? '',
  };
  const metadata = metadataOf(inputs, publication, cost);
  const session = createJobSession(() => false, doubt);
  const folder = given.context ?? '';
  const context = folder === '' ? {} : { context: `{{defaultContext}}:${folder}` };
  const action = publishingActions.find(({ fits }) => fits.test('docker/build-push-action'));
  action?.run(
    { name: 'docker/github-builder', given: { ...given, ...context, tags: metadata.tags.join('\n') }, line },
    session,
    cost,
  );
  return session.published;
}
