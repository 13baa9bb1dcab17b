import type { Repository } from '../oci/reference.ts';
import type { Codename } from './codenames.ts';

type Rule = (version: readonly number[]) => boolean;

const even: Rule = ([major = 0]) => major % 2 === 0;
// 8, 11, and from 17 on every fourth (oracle.com/java, support roadmap).
const java: Rule = ([major = 0]) => major === 8 || major === 11 || (major >= 17 && (major - 17) % 4 === 0);
const ubuntu: Rule = ([year = 0, month = 0]) => year % 2 === 0 && month === 4;

// Whose releases without long-term support are for trying out, by the repository wherever it is mirrored.
const rules: readonly (readonly [RegExp, Rule])[] = [
  [/(?:^|\/)node$/, even],
  [/(?:^|\/)ubuntu$/, ubuntu],
  [/(?:^|\/)dotnet(?:\/|-|$)/, even],
  [
    /(?:^|\/)(?:eclipse-temurin|temurin|amazoncorretto|ibm-semeru-runtimes|sapmachine|zulu-openjdk[\w-]*|liberica-[\w-]+|openjdk(?:\/jdk)?)$/,
    java,
  ],
];

/** Whether a repository is Ubuntu's, wherever it is mirrored. */
export function isUbuntu({ repository }: Repository): boolean {
  return /(?:^|\/)ubuntu$/.test(repository);
}

/** Whether a version has long-term support; those of projects that know no such thing all have. */
export function isLongTerm(
  { repository }: Repository,
  version: readonly number[],
  majors?: readonly number[],
): boolean {
  if (majors !== undefined) return majors.includes(version[0] ?? 0);
  return rules.find(([pattern]) => pattern.test(repository))?.[1](version) ?? true;
}

/** Whether a named release has long-term support. */
export function isLongTermRelease({ family, version }: Codename): boolean {
  return family === 'ubuntu' ? ubuntu(version) : true;
}
