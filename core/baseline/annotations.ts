import { asDigest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { withDigest } from '../oci/reference.ts';
import type { BaselineRecord, Rung } from './baseline.ts';
import { namesBase } from './names-base.ts';
import { platformDescriptors } from './published.ts';

/** `org.opencontainers.image.base.*` annotations on the index, else on the platform manifests where these agree (OCI image-spec, annotations.md). */
export const annotated: Rung = async ({ registry }, image, base) => {
  if (!base.runtime) return undefined;
  const onTop = recordIn(image.manifest.document.annotations);
  if (onTop !== undefined) return namesBase(onTop.name, base) ? onTop.record : undefined;
  const children = await Promise.all(
    platformDescriptors(image.manifest).map((entry) => registry.manifest(withDigest(image.reference, entry.digest))),
  );
  const records = children.map((child) => recordIn(child.document.annotations));
  const [first] = records;
  const agreed = first !== undefined && records.every((record) => record?.record.digest === first.record.digest);
  return agreed && namesBase(first.name, base) ? first.record : undefined;
};

function recordIn(
  annotations: Readonly<Record<string, string>>,
): { readonly name: string | undefined; readonly record: BaselineRecord } | undefined {
  const digest = asDigest(annotations[annotationKeys.baseDigest] ?? '');
  if (digest === undefined) return undefined;
  const name = annotations[annotationKeys.baseName];
  return { name, record: { digest, evidence: 'annotation', confidence: name === undefined ? 'low' : 'medium' } };
}
