import * as core from '@actions/core';
import { ownWords } from '../core/commands/own-words.ts';
import { inputsOf } from '../core/inputs.ts';
import { createMask } from '../core/masking.ts';
import type { Annotation, Host } from '../core/ports.ts';
import { logPrinter } from '../core/text/log-pieces.ts';
import { inertJson, inertText } from '../core/untrusted.ts';
import { fitSummary } from './summary.ts';

type Issue = Annotation['level'];

// The runner shows no more of each level for a step (docs: problem-matchers.md, limitations).
const shownIssues = 10;

const issuers = { error: core.error, warning: core.warning, notice: core.notice };

/** The host of a GitHub workflow step. */
export function createGithubHost(env: Record<string, string | undefined>): Host {
  const secrets = takeSecrets(env);
  const counts: Record<Issue, number> = { error: 0, warning: 0, notice: 0 };
  const write = (text: string) => core.info(inertText(text));
  const issue = (level: Issue, message: string, properties: core.AnnotationProperties = {}) => {
    counts[level] += 1;
    if (counts[level] <= shownIssues) issuers[level](inertText(message), properties);
    else write(`${level}: ${message}`);
  };
  const isVerbose = () => core.getInput('verbose') === 'true';
  let lastError = '';
  // The runner drops outputs that happen to contain a masked text.
  const mask = createMask(ownWords, { warn: (warning) => issue('warning', warning), hide: core.setSecret });
  return {
    kind: 'github',
    input: (name) => secrets.get(name) ?? core.getInput(name),
    log: (level, message) => {
      if (level === 'error') lastError = message;
      if (level === 'error' || level === 'warning') issue(level, message);
      else if (level === 'info' || isVerbose()) write(message);
      else core.debug(inertText(message));
    },
    group: { begin: (title) => core.startGroup(inertText(title)), end: () => core.endGroup() },
    annotate: ({ level, message, path, line, title }) => {
      issue(level, message, { file: inertText(path), startLine: line, title: inertText(title) });
    },
    secret: mask.add,
    masked: mask.value,
    ...logPrinter(core.info, { json: inertJson, text: inertText }),
    setOutput: (name, value) => core.setOutput(name, value),
    summarise: async (markdown, path) => {
      if (env.GITHUB_STEP_SUMMARY === undefined) core.debug('there is no step summary to write to');
      else await core.summary.addRaw(fitSummary(markdown, path)).write();
    },
    attach: async (files) => {
      for (const { path } of files) write(`report: ${path}`);
    },
    conclude: (conclusion, message) => {
      // The step's exit code is its verdict: anything but success is a failure, whatever the run calls it.
      if (conclusion !== 'succeeded') process.exitCode = core.ExitCode.Failure;
      if (conclusion === 'succeeded') write(message);
      else if (message !== lastError) issue('error', message);
    },
  };
}

// Once read, a secret is in no environment that a child process could be given.
function takeSecrets(env: Record<string, string | undefined>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, kind } of inputsOf('github')) {
    if (kind !== 'secret') continue;
    found.set(name, core.getInput(name));
    delete env[`INPUT_${name.toUpperCase()}`];
  }
  return found;
}
