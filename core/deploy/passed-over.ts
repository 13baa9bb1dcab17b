import { asReference, sameRepository } from '../oci/reference.ts';
import type { Deployable } from './deployable.ts';
import type { Note } from './plan.ts';
import type { RunningImage } from './running.ts';
import { workloadKinds } from './workload.ts';

/** What runs promoted releases and is of no kind that is deployed to, such as a Job, a bare pod or a Rollout. */
export function passedOver(running: readonly RunningImage[], deployables: readonly Deployable[]): readonly Note[] {
  const others = running.filter(({ owner }) => !workloadKinds.some((kind) => kind === owner.kind));
  const notes = others.flatMap((each): readonly Note[] => {
    const followed = deployables.filter((deployable) => runs(each, deployable));
    if (followed.length === 0) return [];
    const { owner, namespace, container, image } = each;
    const what = `${owner.kind} ${namespace}/${owner.name}`;
    const words = `${what}: ${container} runs ${image} and was left unchanged: objects of this kind are not deployed to`;
    return [{ images: followed.map((deployable) => deployable.image), words }];
  });
  return [...new Map(notes.map((note) => [note.words, note])).values()];
}

function runs({ image, digest }: RunningImage, deployable: Deployable): boolean {
  const reference = asReference(image);
  if (reference === undefined || digest === deployable.digest) return false;
  return deployable.releases.some(
    ({ reference: release, previous }) =>
      sameRepository(reference, release) &&
      (reference.tag === undefined ? reference.digest === previous : reference.tag === release.tag),
  );
}
