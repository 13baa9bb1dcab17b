import { entriesAt, itemsAt, type ScalarTree, scalarAt, type Tree, treeAt } from './tree.ts';
import { type ReferenceText, type WrittenReference, wholeReference } from './written-reference.ts';

/** Whether a path is that of a GitLab pipeline or of a part of one. */
export function isGitlabCi(path: string): boolean {
  return /(?:^|\/)(?:[^/]*\.gitlab-ci\.ya?ml|\.gitlab-ci\/.+\.ya?ml|\.gitlab\/ci\/.+\.ya?ml)$/.test(path);
}

/** The images that jobs of GitLab run in and beside. */
export function readGitlabCi({ path, documents, text }: ReferenceText): readonly WrittenReference[] {
  return documents
    .filter((document) => isGitlabCi(path) || hasJobs(document))
    .flatMap((document) => {
      const jobs = [document, ...entriesAt(document).values()];
      return jobs.flatMap(imagesOfJob).map((one) => wholeReference(text, one));
    });
}

// What a pipeline includes may have any name: a job has a script beside its image, and nothing else has both at its top.
function hasJobs(document: Tree): boolean {
  if (['apiVersion', 'kind', 'on', 'jobs', 'pipelines'].some((key) => treeAt(document, key) !== undefined))
    return false;
  return [...entriesAt(document).values()].some(
    (job) => treeAt(job, 'script') !== undefined && imagesOfJob(job).length > 0,
  );
}

function imagesOfJob(job: Tree): readonly ScalarTree[] {
  const services = itemsAt(job, 'services').map((one) => (one.kind === 'scalar' ? one : scalarAt(one, 'name')));
  const images = [scalarAt(job, 'image'), scalarAt(job, 'image', 'name'), ...services];
  return images.flatMap((one) => (one === undefined || one.value === '' ? [] : [one]));
}
