import { mediaTypes } from '../oci/manifest.ts';
import type { AssessedDifference, FormComparison } from './assessed.ts';
import { attestationKind } from './attached.ts';
import type { Difference } from './difference.ts';
import type { ImageForm, StandingAttestation } from './form.ts';
import type { Aspect } from './settings.ts';

/** What concerns the image as a whole: attestations, signatures, form, media types, platforms. */
export function assessShape(comparison: FormComparison): readonly AssessedDifference[] {
  return [
    ...signaturesOf(comparison),
    ...attestationsOf(comparison),
    ...formOf(comparison),
    ...mediaTypesOf(comparison),
    ...platformsOf(comparison),
  ];
}

/** The form that the candidate ends in: that of the published image, unless that is accepted to change. */
export function finalForm({ published, candidate, accept }: FormComparison): ImageForm['kind'] {
  const canBePlain = candidate.platforms.length === 1;
  if (accept.includes('form') || (published.kind === 'manifest' && !canBePlain)) return candidate.kind;
  return published.kind;
}

function attestationsOf(comparison: FormComparison): readonly AssessedDifference[] {
  const { published, candidate, signing } = comparison;
  const stays = candidate.kind === 'index' && finalForm(comparison) === 'manifest' ? 'beside' : undefined;
  const there = candidate.attestations.filter(({ place }) => stays === undefined || place === stays);
  const has = (kind: string, signed: boolean) =>
    there.some((one) => attestationKind(one.type) === kind && (one.signed || !signed));
  const kinds = new Map<string, StandingAttestation>();
  for (const one of published.attestations) {
    const kind = attestationKind(one.type);
    if (kinds.get(kind)?.signed !== true) kinds.set(kind, one);
  }
  return [...kinds].flatMap(([kind, { signed, type }]): readonly AssessedDifference[] => {
    if (has(kind, signed) || signing?.attests.includes(kind) === true) return [];
    const difference = whole(
      'attestations',
      `${signed ? 'signed attestation' : 'attestation'} of kind ${kind}`,
      type,
      null,
    );
    if (kind === 'record') return [{ ...difference, verdict: { kind: 'explained', because: 'own-record' } }];
    // Scanners that miss it find more, and no less.
    if (kind === 'VEX') return [{ ...difference, verdict: { kind: 'explained', because: 'other-bytes' } }];
    const remedy = remedyFor(kind, signed);
    const canBeMade = !signed && (kind === 'SBOM' || kind === 'provenance');
    return [{ ...difference, verdict: { kind: canBeMade ? 'carry' : 'broken', remedy } }];
  });
}

function remedyFor(kind: string, signed: boolean): string {
  if (kind === 'SBOM')
    return signed
      ? 'set sign, and attest sbom, or accept attestations'
      : 'install Trivy, or set sbom-generator for buildx, or accept attestations';
  if (kind === 'scan') return 'set sign, and attest scan, or accept attestations';
  if (kind === 'verification summary') return 'set sign, and attest vsa, or accept attestations';
  return 'accept attestations, and attest it again after the refresh';
}

function signaturesOf({ published, candidate, signing }: FormComparison): readonly AssessedDifference[] {
  const lost = published.signers.filter((tool) => tool !== signing?.tool && !candidate.signers.includes(tool));
  const isLost = (tool: string) => lost.some((one) => one === tool);
  const below = published.childSigners.filter(
    (tool) =>
      !isLost(tool) && (tool !== signing?.tool || !signing.isRecursive) && !candidate.childSigners.includes(tool),
  );
  return [
    ...unseenOf(published),
    ...lost.map((tool) => ({
      ...whole('signature', `signature by ${tool}`, 'signed', null),
      verdict: { kind: 'broken', remedy: `set sign to ${tool} with its key, or accept signature` } as const,
    })),
    ...below.map((tool) => ({
      ...whole('signature', `signature of each platform by ${tool}`, 'signed', null),
      verdict: {
        kind: 'broken',
        remedy: `set sign to ${tool} and sign-recursive to true, or accept signature`,
      } as const,
    })),
  ];
}

function unseenOf({ unseen }: ImageForm): readonly AssessedDifference[] {
  if (unseen === undefined) return [];
  const remedy = 'accept signature, or give credentials that may list referrers';
  return [
    {
      ...whole('signature', 'what stands beside the published image', `could not be looked for: ${unseen}`, 'unknown'),
      verdict: { kind: 'broken', remedy },
    },
  ];
}

function formOf(comparison: FormComparison): readonly AssessedDifference[] {
  const { published, candidate } = comparison;
  if (published.kind === candidate.kind) return [];
  const words = { manifest: 'a single manifest', index: 'an index' };
  const remedy = 'build it for the one platform of the published image, or accept form';
  const canBeMade = published.kind === 'index' || candidate.platforms.length === 1;
  return [
    {
      ...whole('form', 'form', words[published.kind], words[candidate.kind]),
      verdict: { kind: canBeMade ? 'carry' : 'broken', remedy },
    },
  ];
}

// Docker's types and OCI's name the same content.
const ociTypes: Readonly<Record<string, string>> = {
  [mediaTypes.dockerIndex]: mediaTypes.ociIndex,
  [mediaTypes.dockerManifest]: mediaTypes.ociManifest,
  'application/vnd.docker.container.image.v1+json': mediaTypes.ociConfig,
};

function mediaTypesOf({ published, candidate }: FormComparison): readonly AssessedDifference[] {
  const top =
    published.kind === candidate.kind ? [['media type', published.mediaType, candidate.mediaType] as const] : [];
  const each = candidate.platforms.flatMap((now) => {
    const then = published.platforms.find(({ platform }) => platform === now.platform);
    if (then === undefined) return [];
    return [
      ['media type of manifests', then.mediaType, now.mediaType] as const,
      ['media type of configurations', then.configType, now.configType] as const,
    ];
  });
  const differing = new Map([...top, ...each].filter(([, from, to]) => from !== to).map((one) => [one[0], one]));
  return [...differing.values()].map(([what, from, to]) => {
    // Annotations, in which our records stand, are OCI's alone.
    const isSame = (ociTypes[from] ?? from) === (ociTypes[to] ?? to);
    return {
      ...whole('media-types', what, from, to),
      verdict: isSame
        ? { kind: 'explained', because: 'own-record' }
        : { kind: 'broken', remedy: 'build it with the tool that published it, or accept media-types' },
    };
  });
}

function platformsOf({ published, candidate, sources }: FormComparison): readonly AssessedDifference[] {
  const [then, now] = [published, candidate].map(({ platforms }) => platforms.map(({ platform }) => platform));
  return [
    ...(then ?? [])
      .filter((platform) => now?.includes(platform) !== true)
      .map((platform) => ({
        ...whole('platforms', `platform ${platform}`, 'present', null),
        verdict: { kind: 'broken', remedy: `build it for ${platform} too, or accept platforms` } as const,
      })),
    ...(now ?? [])
      .filter((platform) => then?.includes(platform) !== true)
      .map((platform) => ({
        ...whole('platforms', `platform ${platform}`, null, 'present'),
        verdict: { kind: 'explained', because: sources === undefined ? 'build' : 'source' } as const,
      })),
  ];
}

function whole(aspect: Aspect, what: string, from: string | null, to: string | null): Difference {
  return { aspect, what, from, to };
}
