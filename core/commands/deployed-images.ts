import { findReferences } from '../discover/references/find-references.ts';
import { type LocatedReference, referenceReaders } from '../discover/references/readers.ts';
import { describeFailure, type Failure, fail } from '../failure.ts';
import type { Reference } from '../oci/reference.ts';
import type { Run } from '../refresh/context.ts';

/** The images that files of the repository deploy, and why some are not known. */
export async function deployedImages({ config, host, world }: Run): Promise<{
  readonly images: readonly Reference[];
  readonly failures: readonly Failure[];
}> {
  const { references, failures, notices } = await findReferences(world, config);
  for (const notice of notices) host.log('warning', describeFailure(notice));
  const deployed = references.filter(({ kind, isElsewhere }) => referenceReaders[kind].isDeployed && !isElsewhere);
  for (const one of deployed.filter(({ isArtifact }) => isArtifact)) {
    host.log('warning', `${one.path}:${one.line}: ${one.raw} is an artifact of Flux, and is not scanned.`);
  }
  const images = deployed.filter(({ isArtifact }) => !isArtifact);
  const nothing = images.length === 0 && failures.length === 0 && config.operands.length === 0 && !config.allowEmpty;
  return {
    images: images.flatMap(({ content }) => (content.kind === 'known' ? [content.reference] : [])),
    failures: [...failures, ...images.flatMap(openFailure), ...(nothing ? [noImage(config.root)] : [])],
  };
}

// What is not known cannot have passed.
function openFailure({ path, line, content }: LocatedReference): readonly Failure[] {
  if (content.kind === 'known') return [];
  const remedy = 'write the image out, or leave the file out with exclude';
  return [fail('malformed', `${path}:${line}`, `which image it is, is not known: ${content.detail}`, remedy).failure];
}

function noImage(root: string): Failure {
  return fail('usage', root, 'no file that deploys an image was found', 'check the folder and the exclude patterns')
    .failure;
}
