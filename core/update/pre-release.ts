/** What stands after a version's numbers, with what marks it as a pre-release taken out. */
export interface Extracted {
  readonly rest: string;
  /** Identifiers as semver.org writes them, such as `rc.1`; undefined for a release. */
  readonly preRelease: string | undefined;
}

// Python's and Go's form, straight after the numbers: 3.13.0a3, 17beta1, 1.22rc1.
const attached = /^(alpha|beta|rc|pre|dev|a|b)(\d+)(?=$|[-._])/i;

// A word of its own, with or without a number: -rc-slim, -preview.1, -M04, .dev20240115, -ea-11, -SNAPSHOT.
const word =
  /[-._](?:(alpha|beta|rc|pre|preview|nightly|snapshot|canary|unstable|ea|milestone)(?:[-._]?(\d+(?:\.\d+)*))?|(m|dev)[.]?(\d+))(?=$|[-._])/i;

/** Takes the pre-release out of what follows a version's numbers; `-dev` and `-test` without a number are variants. */
export function extractPreRelease(rest: string): Extracted {
  const match = attached.exec(rest) ?? word.exec(rest);
  if (match === null) return { rest, preRelease: undefined };
  const [whole, first = '', firstNumber, second, secondNumber] = match;
  const name = (second ?? first).toLowerCase();
  const number = (secondNumber ?? firstNumber)?.replace(/(?<=^|\.)0+(?=\d)/g, '');
  return {
    rest: rest.slice(0, match.index) + rest.slice(match.index + whole.length),
    preRelease: number === undefined ? name : `${name}.${number}`,
  };
}
