/** What BuildKit refuses in a Dockerfile; stable codes that users and tests can rely on. */
export type RefusalCode =
  | 'invalid-directive'
  | 'line-too-long'
  | 'no-instructions'
  | 'unknown-instruction'
  | 'invalid-instruction'
  | 'invalid-flag'
  | 'invalid-stage-name'
  | 'no-build-stage'
  | 'heredoc-unterminated'
  | 'substitution'
  | 'blank-base-name'
  | 'invalid-platform'
  | 'invalid-reference'
  | 'invalid-stage-index'
  | 'invalid-mount'
  | 'circular-dependency'
  | 'invalid-context'
  | 'stage-order'
  | 'lint'
  | 'unknown-target'
  // Nothing that BuildKit minds: a bound of this program.
  | 'too-large';

/** Thrown where BuildKit would refuse the file; `line` is 1-based, null where it concerns the file as a whole. */
export class DockerfileRefusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly line: number | null;
  constructor(code: RefusalCode, line: number | null, detail: string) {
    super(detail);
    this.code = code;
    this.line = line;
  }
}

/** Runs work on an instruction, so that what is refused in it without a line is refused at its line. */
export function atLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof DockerfileRefusal && thrown.line === null)
      throw new DockerfileRefusal(thrown.code, line, thrown.message);
    throw thrown;
  }
}
