import { unknownBaseWords } from '../../check/unnamed-bases.ts';
import type { Build, DetectedDockerfile, DiscoveredBuild } from '../../discover/build.ts';
import type { Discovery } from '../../discover/discover.ts';
import type { BaseImage } from '../../dockerfile/base-image.ts';
import { groupedBy } from '../../grouped.ts';
import { familiar } from '../../oci/reference.ts';
import { counted, listed } from '../../text/words.ts';
import { type DoctorFinding, findingAt, note, ok, problem, problemOf, warning } from '../check.ts';
import type { DoctorCheck } from '../check-definition.ts';
import { rebaseAdviceCheck } from './rebase-advice.ts';

/** Dockerfiles, and those of them that BuildKit would refuse. */
export function dockerfileFindings({ builds, failures }: Discovery): readonly DoctorFinding[] {
  const files = groupedBy(builds, ({ dockerfile }) => dockerfile.path).flatMap(([first]) => first ?? []);
  const read = files.filter(({ dockerfile }) => dockerfile.kind === 'read');
  return [
    ...(read.length === 0 ? [] : [ok('Dockerfiles', `${counted(read.length, 'file')} can be read`)]),
    ...files.flatMap(({ dockerfile }) => {
      if (dockerfile.kind === 'read') return unknownFindings(dockerfile);
      const { path, line, failure, dockerfileCode } = dockerfile;
      const place = line === null ? path : `${path}:${line}`;
      const finding = problem(place, failure.detail, remedyOf(dockerfileCode));
      return [line === null ? finding : findingAt({ path, line }, finding)];
    }),
    // An empty folder keeps a run from its work, and nothing of the folder is broken.
    ...failures.map((failure) => {
      const { subject, detail, remedy } = failure;
      return failure.code === 'usage' ? warning(subject, detail, remedy ?? 'check the path') : problemOf(failure);
    }),
  ];
}

function unknownFindings({ path, unknown = [] }: Extract<DetectedDockerfile, { readonly kind: 'read' }>) {
  return unknown
    .filter(({ reachable }) => reachable)
    .map((base) => {
      const { detail, remedy } = unknownBaseWords(base);
      return findingAt({ path, line: base.line }, problem(`${path}:${base.line}`, detail, remedy));
    });
}

// What a base is called is often made of arguments, and one that nothing sets is empty.
function remedyOf(code: string): string {
  return ['blank-base-name', 'invalid-reference', 'substitution'].includes(code)
    ? 'give every argument in it a default, or set it with build-arg'
    : 'fix the Dockerfile';
}

/** What only a run of something else would know. */
export function noticeFindings({ notices }: Pick<Discovery, 'notices'>): readonly DoctorFinding[] {
  return notices.map(({ subject, detail, remedy }) => warning(subject, detail, remedy));
}

/** Base references that name no version, and how many are held at a digest. */
export function baseFindings(builds: readonly DiscoveredBuild[]): readonly DoctorFinding[] {
  const used = builds.flatMap(({ dockerfile }) =>
    dockerfile.kind === 'read' ? dockerfile.bases.map((base) => ({ base, path: dockerfile.path })) : [],
  );
  if (used.length === 0) return [];
  const pinned = used.filter(({ base }) => base.reference.digest !== undefined).length;
  const floating = groupedBy(
    used.filter(({ base }) => isFloating(base)),
    ({ base, path }) => `${path}:${base.line}`,
  ).flatMap(([first]) => (first === undefined ? [] : [floatingFinding(first)]));
  const held = pinned === 0 ? 'none of them' : `${pinned} of them`;
  return [note('base images', `${counted(used.length, 'reference')}, ${held} pinned by digest`), ...floating];
}

function isFloating({ reference }: BaseImage): boolean {
  return reference.digest === undefined && (reference.tag === undefined || reference.tag === 'latest');
}

function floatingFinding({ base, path }: { readonly base: BaseImage; readonly path: string }): DoctorFinding {
  const detail = `${familiar(base.reference)} may become a new major version with any rebuild`;
  return findingAt({ path, line: base.line }, warning(`${path}:${base.line}`, detail, 'name a version'));
}

/** Images of which nothing says where they are published. */
export function releaseFindings(builds: readonly DiscoveredBuild[]): readonly DoctorFinding[] {
  const read = builds.filter(({ dockerfile }) => dockerfile.kind === 'read');
  const nameless = read.filter(({ build }) => build.releases.length === 0);
  const known = read.length - nameless.length;
  const unknown = nameless.filter(({ build }) => build.chosen === undefined).map(({ build }) => build.name);
  const unchosen = nameless.flatMap(({ build }) => (build.chosen === undefined ? [] : [unchosenFinding(build)]));
  const remedy = 'name it under images: in the configuration, or with the input image';
  return [
    ...(known === 0 ? [] : [ok('images', `${counted(known, 'image')} with a known place of publication`)]),
    ...unchosen,
    ...(unknown.length === 0
      ? []
      : [
          warning(
            listed(unknown),
            'nothing says where it is published, so it can be neither checked nor refreshed',
            remedy,
          ),
        ]),
  ];
}

function unchosenFinding({ name, chosen }: Build): DoctorFinding {
  if (chosen?.unknown !== undefined) return problemOf(chosen.unknown);
  return note(name, 'which of its tags is published is chosen by its tag-rule, in its registry');
}

/** Checks of what the repository builds. */
export const repositoryChecks: readonly DoctorCheck[] = [
  check('dockerfiles', dockerfileFindings),
  check('statements', noticeFindings),
  check('base-images', ({ builds }) => baseFindings(builds)),
  check('published-place', ({ builds }) => releaseFindings(builds)),
  rebaseAdviceCheck,
];

function check(id: string, findingsOf: (discovery: Discovery) => readonly DoctorFinding[]): DoctorCheck {
  return { id, group: 'repository', examine: async ({ discovery }) => findingsOf(await discovery()) };
}
