import { type FailureError, fail } from '../../failure.ts';
import type { Exit } from '../../ports.ts';
import { toolFailure } from '../../tools/tool-output.ts';
import { plainLines } from '../../untrusted.ts';

const shownLines = 8;
const longestDetail = 1_000;

/** Why buildx failed, from its own last error and the last words of the step that broke. */
export function buildFailure(subject: string, exit: Exit): FailureError {
  if (exit.kind !== 'exited') return toolFailure(subject, 'docker buildx build', exit);
  const lines = plainLines(exit.stderr);
  const error = errorIn(lines);
  const step = stepOutput(lines).filter((line) => line !== '');
  const words = step.length === 0 ? error : `${error} (${step.slice(-shownLines).join(' | ')})`;
  return fail('build-failed', subject, `docker buildx build failed: ${shortened(words)}`, remedyFor(error, step));
}

// "ERROR: failed to build: failed to solve: …" is the last thing that buildx says.
function errorIn(lines: readonly string[]): string {
  const last = lines.findLast((line) => /^ERROR: /.test(line)) ?? lines.findLast((line) => line.trim() !== '');
  return last?.replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '').trim() ?? 'it gave no message';
}

// Between rules of dashes: " > [2/3] RUN make:", then the step's last lines, each behind its time.
function stepOutput(lines: readonly string[]): readonly string[] {
  const start = lines.findLastIndex((line, at) => line.startsWith(' > ') && lines[at - 1] === '------');
  if (start === -1) return [];
  const end = lines.indexOf('------', start);
  return lines.slice(start + 1, end === -1 ? undefined : end).map((line) => line.replace(/^\d+\.\d+ /, '').trim());
}

function shortened(text: string): string {
  return text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text;
}

function remedyFor(error: string, step: readonly string[]): string | undefined {
  if (/exec format error/i.test([error, ...step].join(' '))) {
    return 'install QEMU emulation for the platform (docker/setup-qemu-action, or qemu-user-static) or build elsewhere';
  }
  if (/failed to push|failed to authorize|push access denied|insufficient_scope/.test(error)) {
    return 'check that you may push there and are logged in';
  }
  if (/failed to resolve source metadata/.test(error)) {
    return 'check that the builder can reach and read the registry of the base';
  }
  return undefined;
}

/** What BuildKit only warns of and a user must know: a base that is not of the platform that was asked for. */
export function warningsIn(stderr: string): readonly string[] {
  const warnings = plainLines(stderr).flatMap((line) => {
    const [, text] = /InvalidBaseImagePlatform: (.+?)(?: \(line \d+\))?$/.exec(line) ?? [];
    return text === undefined ? [] : [text.slice(0, 300)];
  });
  return [...new Set(warnings)];
}
