import { posix } from 'node:path';
import { lineOf, linesOf } from '../../dockerfile/places.ts';
import { isComposeFile } from '../compose.ts';
import { isNamedCompose } from '../compose-names.ts';
import { isDevcontainerFile } from '../devcontainer.ts';
import { readArgoCd } from './argo-cd.ts';
import { readComposeServices } from './compose-services.ts';
import { readDevcontainerImage } from './devcontainer-image.ts';
import { readFlux } from './flux.ts';
import { isGitlabCi, readGitlabCi } from './gitlab-ci.ts';
import { isHelmValues, readHelmValues } from './helm-values.ts';
import { readManifests } from './kubernetes.ts';
import { isKustomization, readKustomizations } from './kustomize.ts';
import { readQuadlets, readTemplateLines } from './lines.ts';
import { mayBePipeline, readPipelineContainers } from './pipeline-containers.ts';
import { readTekton } from './tekton.ts';
import { type Documents, readDocuments } from './tree.ts';
import { isWorkflowOrAction, readWorkflowContainers } from './workflow-containers.ts';
import type { ReferenceText, WrittenReference } from './written-reference.ts';

/** Kinds of files outside of Dockerfiles that name images. */
export const referenceKinds = [
  'compose',
  'devcontainer',
  'workflow',
  'gitlab-ci',
  'quadlet',
  'kustomize',
  'helm',
  'flux',
  'argo-cd',
  'tekton',
  'kubernetes',
  'pipeline',
] as const;
export type ReferenceKind = (typeof referenceKinds)[number];

/** One kind of file that names images. */
export interface ReferenceReader {
  /** Which files these are, as documentation says it. */
  readonly files: string;
  /** What is read of them, as documentation says it. */
  readonly reads: string;
  /** Whether what it names is deployed, and not what builds and tests run in. */
  readonly isDeployed: boolean;
  readonly isFile: (path: string) => boolean;
  readonly read: (file: ReferenceText) => readonly WrittenReference[];
}

const isYaml = (path: string) => /\.ya?ml$/.test(path);

/** Every kind of file that names images outside of Dockerfiles. */
export const referenceReaders: Readonly<Record<ReferenceKind, ReferenceReader>> = {
  compose: {
    files: '`compose.yaml`, `docker-compose.yml`, `docker-compose.prod.yml`, `web.compose.yaml` and the like',
    reads: '`image` of services to which no Compose file of the folder gives a `build`',
    isDeployed: true,
    isFile: isNamedCompose,
    read: readComposeServices,
  },
  devcontainer: {
    files: '`devcontainer.json`',
    reads: '`image`',
    isDeployed: false,
    isFile: isDevcontainerFile,
    read: readDevcontainerImage,
  },
  workflow: {
    files: '`.github/workflows/*.yml`, `action.yml`',
    reads: '`container`, `services`, `docker://` in `uses` and `runs.image`',
    isDeployed: false,
    isFile: isWorkflowOrAction,
    read: readWorkflowContainers,
  },
  'gitlab-ci': {
    files: '`.gitlab-ci.yml`, `*.gitlab-ci.yml`, files below `.gitlab/ci`, any YAML with jobs of GitLab',
    reads: '`image` and `services`, at the top, under `default` and of jobs',
    isDeployed: false,
    isFile: (path) => isGitlabCi(path) || isYaml(path),
    read: readGitlabCi,
  },
  quadlet: {
    files: '`*.container`, `*.image`',
    reads: '`Image=`',
    isDeployed: true,
    isFile: (path) => /\.(?:container|image)$/.test(path),
    read: readQuadlets,
  },
  kustomize: {
    files: '`kustomization.yaml`, and any document of kustomize.config.k8s.io',
    reads: '`images`: name, newName, newTag, digest',
    isDeployed: true,
    isFile: (path) => isKustomization(path) || isYaml(path),
    read: readKustomizations,
  },
  helm: {
    files: '`values.yaml`, `*values*.yaml`, templates of charts',
    reads:
      '`image: NAME:TAG`; mappings of registry, repository, tag (in an `image` also version) and digest or sha; images that a template spells out',
    isDeployed: true,
    isFile: (path) => isHelmValues(path) || isChartTemplate(path),
    read: (file) => (isChartTemplate(file.path) ? readTemplateLines(file) : readHelmValues(file)),
  },
  flux: {
    files: 'any document of toolkit.fluxcd.io',
    reads: 'values of HelmRelease, images of Kustomization and of post-renderers, OCIRepository, ImageRepository',
    isDeployed: true,
    isFile: isYaml,
    read: readFlux,
  },
  'argo-cd': {
    files: 'Application and ApplicationSet of argoproj.io',
    reads: '`kustomize.images`, `helm.parameters`, `helm.valuesObject` of every source',
    isDeployed: true,
    isFile: isYaml,
    read: readArgoCd,
  },
  tekton: {
    files: 'any document of tekton.dev',
    reads: '`image` of steps, sidecars, step templates and pod templates',
    isDeployed: false,
    isFile: isYaml,
    read: readTekton,
  },
  kubernetes: {
    files: 'any YAML document with apiVersion and kind',
    reads:
      '`image` of containers, initContainers and ephemeralContainers, and image volumes, wherever a pod template stands: every workload, List, Rollout, resources of operators',
    isDeployed: true,
    isFile: isYaml,
    read: readManifests,
  },
  pipeline: {
    files: 'any YAML that is an Azure pipeline',
    reads: '`resources.containers`, `container` of jobs',
    isDeployed: false,
    isFile: mayBePipeline,
    read: readPipelineContainers,
  },
};

/** A reference with where it stands. */
export interface LocatedReference extends WrittenReference {
  readonly kind: ReferenceKind;
  readonly path: string;
  readonly line: number;
  /** Why another program keeps it up to date, where a comment says so. */
  readonly keptBy?: string;
}

/** The references of one file, or where it is broken. */
export type ReadReferences =
  | { readonly kind: 'read'; readonly references: readonly LocatedReference[] }
  | Extract<Documents, { kind: 'broken' }>;

/** Whether the file at a path may name images. */
export function mayNameImages(path: string): boolean {
  return referenceKinds.some((kind) => referenceReaders[kind].isFile(path));
}

const templatesFolder = /(?:^|\/)templates\/(?:.*\/)?[^/]+\.(?:ya?ml|tpl)$/;

function isChartTemplate(path: string): boolean {
  return templatesFolder.test(path);
}

// Before anything is made of a text: most YAML of a repository names no image.
const hints = /image|repository|newTag|newName|digest|docker:\/\/|oci:\/\/|container/i;

/** Reads the references of one file; each counts once where it stands, whatever kinds of readers see it. */
export function referencesIn(
  path: string,
  text: string,
  { variables = new Map(), built = new Set() }: Partial<Pick<ReferenceText, 'variables' | 'built'>> = {},
): ReadReferences {
  const kinds = referenceKinds.filter((kind) => referenceReaders[kind].isFile(path));
  if (kinds.length === 0 || !hints.test(text)) return { kind: 'read', references: [] };
  const isTemplate = text.includes('{{') && isChartTemplate(path);
  const documents: Documents =
    isYaml(path) || isKustomization(path) ? readUnless(isTemplate, text, path) : { kind: 'read', trees: [] };
  const file = { path, text, variables, built, documents: documents.kind === 'read' ? documents.trees : [] };
  if (documents.kind === 'broken') {
    if (!/\{\{|\{%/.test(text)) return isOfConcern(path, text) ? documents : { kind: 'read', references: [] };
    return { kind: 'read', references: located('kubernetes', readTemplateLines(file), file) };
  }
  const found = isTemplate
    ? located('helm', readTemplateLines(file), file)
    : kinds.flatMap((kind) =>
        kind === 'helm' && isChartTemplate(path) ? [] : located(kind, referenceReaders[kind].read(file), file),
      );
  return {
    kind: 'read',
    references: [...new Map(found.toReversed().map((one) => [`${one.at} ${one.raw}`, one])).values()].sort(byPlace),
  };
}

function readUnless(isTemplate: boolean, text: string, path: string): Documents {
  return isTemplate ? { kind: 'read', trees: [] } : readDocuments(text, path);
}

function byPlace(a: LocatedReference, b: LocatedReference): number {
  return a.at - b.at;
}

// A broken file of another kind is nothing to speak of here.
function isOfConcern(path: string, text: string): boolean {
  const isNamed = isKustomization(path) || isHelmValues(path) || isGitlabCi(path) || isWorkflowOrAction(path);
  const isCompose = isComposeFile(path) || (isNamedCompose(path) && /^services:/m.test(text));
  return isNamed || isCompose || (/^apiVersion:/m.test(text) && /^kind:/m.test(text));
}

function located(
  kind: ReferenceKind,
  references: readonly WrittenReference[],
  { path, text }: ReferenceText,
): readonly LocatedReference[] {
  const lineAt = references.length > 1 ? linesOf(text) : (at: number) => lineOf(text, at);
  const mayHavePolicy = text.includes('$imagepolicy');
  return references.map((reference) => {
    const place = { ...reference, kind, path, line: lineAt(reference.at) };
    const policy = mayHavePolicy ? policyComment(text, reference.at) : undefined;
    return policy === undefined ? place : { ...place, keptBy: `is kept up to date by Flux (${policy})` };
  });
}

// The marker of Flux' image automation stands behind what it writes.
function policyComment(text: string, at: number): string | undefined {
  const next = text.indexOf('\n', at);
  const line = text.slice(at, Math.min(next === -1 ? text.length : next, at + 2048));
  return /#\s*\{\s*"\$imagepolicy"\s*:\s*"([^"\s]{1,300})"\s*\}/.exec(line)?.[1];
}

/** The file of variables that Compose reads beside a file. */
export function variablesFileOf(path: string): string | undefined {
  return isNamedCompose(path) ? posix.join(posix.dirname(path), '.env') : undefined;
}
