import type { RefreshReport } from '../report/report.ts';
import { inFleet, notOfRun } from './member.ts';
import type { OpenLeg } from './open-leg.ts';
import type { FleetRepository, ListedImage, RunFile, RunLeg } from './run-file.ts';

/** The run of one repository, by the name of the repository. */
export interface MemberRun {
  readonly repository: FleetRepository;
  readonly file: RunFile;
}

/** The images of all repositories as the fleet knows them, in the order of the plan. */
export function joinedImages(runs: readonly MemberRun[], order: ReadonlyMap<string, number>): readonly ListedImage[] {
  const all = runs.flatMap(({ repository: { name }, file }) => {
    const own = new Set(file.images.map((image) => image.name));
    const asKnown = (image: string) => (own.has(image) ? inFleet(name, image) : image);
    return file.images.map((image) => ({
      ...image,
      name: inFleet(name, image.name),
      parents: image.parents.map(asKnown),
      repository: name,
    }));
  });
  const place = ({ name }: ListedImage) => order.get(name) ?? order.size;
  return all.toSorted((a, b) => place(a) - place(b));
}

/**
 * The parts of a leg, each of one repository and one level, in the order in which they build on one another: the run and the
 * leg as that repository would have planned them, save that images of others are named as the fleet knows them.
 */
export function partsOfLeg({ file, leg }: OpenLeg): readonly (OpenLeg & { readonly repository: FleetRepository })[] {
  const byName = new Map(file.images.map((image) => [image.name, image]));
  const own = leg.images.flatMap((name) => byName.get(name) ?? []);
  const levels = [...new Set(own.map(({ level }) => level))].toSorted((a, b) => a - b);
  return levels.flatMap((level) =>
    (file.repositories ?? []).flatMap((repository) => {
      const images = own.filter((image) => image.level === level && image.repository === repository.name);
      return images.length === 0 ? [] : [partOf(file, leg, repository, images)];
    }),
  );
}

function partOf(file: RunFile, leg: RunLeg, repository: FleetRepository, images: readonly ListedImage[]) {
  const mine = new Set(file.images.filter((image) => image.repository === repository.name).map(({ name }) => name));
  const asKnown = (name: string) => (mine.has(name) ? name.slice(repository.name.length + 1) : name);
  const bare = new Set([...mine].map(asKnown));
  // What another repository has is called here as the fleet calls it; an image of this one may be called the same.
  const there = file.images.filter(({ name }) => mine.has(name) || !bare.has(name));
  const { commit, policy, settings } = repository;
  return {
    repository,
    file: {
      ...file,
      ...{ commit, policy: { digest: policy }, settings: { digest: settings } },
      images: there.map((image) => ({
        ...image,
        name: asKnown(image.name),
        parents: image.parents.map(asKnown),
      })),
      legs: file.legs.map((one) => ({
        ...one,
        images: one.images.filter((name) => mine.has(name) || !bare.has(name)).map(asKnown),
      })),
    },
    leg: { ...leg, images: images.map(({ name }) => asKnown(name)) },
  };
}

/** A report of one repository with its images as the fleet knows them. */
export function asFleet(report: RefreshReport, member: string): RefreshReport {
  const images = report.images.map((image) => ({
    ...image,
    name: inFleet(member, image.name),
    dockerfile: image.dockerfile && inFleet(member, image.dockerfile),
    failure: image.failure && notOfRun(image.failure),
  }));
  return { ...report, images, failures: report.failures.map(notOfRun) };
}
