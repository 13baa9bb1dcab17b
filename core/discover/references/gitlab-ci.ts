import { entriesAt, itemsAt, type ScalarTree, scalarAt, type Tree } from './tree.ts';
import { type ReferenceText, type WrittenReference, wholeReference } from './written-reference.ts';

/** Whether a path is that of a GitLab pipeline or of a part of one. */
export function isGitlabCi(path: string): boolean {
  return /(?:^|\/)(?:[^/]*\.gitlab-ci\.ya?ml|\.gitlab-ci\/.+\.ya?ml|\.gitlab\/ci\/.+\.ya?ml)$/.test(path);
}

/** The images that jobs of GitLab run in and beside. */
export function readGitlabCi({ documents, text }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const jobs = [document, ...entriesAt(document).values()];
    return jobs.flatMap(imagesOfJob).map((one) => wholeReference(text, one));
  });
}

function imagesOfJob(job: Tree): readonly ScalarTree[] {
  const services = itemsAt(job, 'services').map((one) => (one.kind === 'scalar' ? one : scalarAt(one, 'name')));
  const images = [scalarAt(job, 'image'), scalarAt(job, 'image', 'name'), ...services];
  return images.flatMap((one) => (one === undefined || one.value === '' ? [] : [one]));
}
