import { posix } from 'node:path';
import { entriesAt, itemsAt, type ScalarTree, scalarAt, type Tree } from './tree.ts';
import { type ReferenceText, type WrittenReference, wholeReference } from './written-reference.ts';

/** Whether a path is that of a GitHub workflow or action. */
export function isWorkflowOrAction(path: string): boolean {
  return /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path) || /^action\.ya?ml$/.test(posix.basename(path));
}

/** The images that jobs of GitHub run in or beside, and `docker://` of steps and actions. */
export function readWorkflowContainers({ documents, text }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const jobs = [...entriesAt(document, 'jobs').values()];
    const images = [
      ...jobs.flatMap((job) => [
        scalarAt(job, 'container'),
        scalarAt(job, 'container', 'image'),
        ...serviceImages(job),
      ]),
      ...jobs.flatMap((job) => itemsAt(job, 'steps').map(usedImage)),
      ...itemsAt(document, 'runs', 'steps').map(usedImage),
      withoutScheme(scalarAt(document, 'runs', 'image')),
    ];
    return images.flatMap((one) => (one === undefined || one.value === '' ? [] : [wholeReference(text, one)]));
  });
}

function serviceImages(job: Tree): readonly (ScalarTree | undefined)[] {
  return [...entriesAt(job, 'services').values()].map((service) => scalarAt(service, 'image'));
}

function usedImage(step: Tree): ScalarTree | undefined {
  return withoutScheme(scalarAt(step, 'uses'));
}

const scheme = 'docker://';

// Only these name an image: other steps name a repository of actions, other actions a Dockerfile.
function withoutScheme(scalar: ScalarTree | undefined): ScalarTree | undefined {
  if (scalar === undefined || !scalar.value.startsWith(scheme)) return undefined;
  const { value, span } = scalar;
  return { ...scalar, value: value.slice(scheme.length), span: { ...span, start: span.start + scheme.length } };
}
