import { basename } from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task.js';
import { ownWords } from '../core/commands/own-words.ts';
import { createMask } from '../core/masking.ts';
import type { Attachment, Conclusion, Host, Level } from '../core/ports.ts';
import { reportFormats } from '../core/report/formats.ts';
import { camelCase } from '../core/settings/input.ts';
import { logPrinter } from '../core/text/log-pieces.ts';
import { inertJson, inertText } from '../core/untrusted.ts';
import { attachmentName, underOwnName } from './leg.ts';

// The agent keeps no more issues of each kind for a task's record.
const shownIssues = 10;
// Variables become environment variables of later tasks; Windows takes 32,766 characters for each.
const longestVariable = 30_000;
/** Type of the attachment that the extension's tab shows. */
const htmlAttachment = 'base-image-refresh.html';
const otherAttachment = 'base-image-refresh.file';

const { html, junit, sarif } = reportFormats;

const group = {
  begin: (title: string) => void process.stdout.write(`##[group]${inertText(title).replaceAll('\n', ' ')}\n`),
  end: () => void process.stdout.write('##[endgroup]\n'),
};

/** The host of an Azure pipeline task. `secrets` are by catalogue name, taken before task-lib could log them. */
export function createAzureHost(secrets: ReadonlyMap<string, string>): Host {
  const counts = { error: 0, warning: 0 };
  let lastError = '';
  const write = (text: string) => process.stdout.write(`${inertText(text)}\n`);
  const input = (name: string) => secrets.get(name) ?? tl.getInput(camelCase(name));
  const isShown = (level: 'error' | 'warning') => {
    counts[level] += 1;
    return counts[level] <= shownIssues;
  };
  const writers: Readonly<Record<Level, (message: string) => void>> = {
    debug: (message) => (input('verbose') === 'true' ? write(message) : tl.debug(inertText(message))),
    info: write,
    warning: (message) => (isShown('warning') ? tl.warning(inertText(message)) : write(`warning: ${message}`)),
    error: (message) => {
      lastError = message;
      if (isShown('error')) tl.error(inertText(message));
      else write(`error: ${message}`);
    },
  };
  let warnings = 0;
  const reports: Attachment[] = [];
  const log = (level: Level, message: string) => {
    if (level === 'warning') warnings += 1;
    writers[level](message);
  };
  const mask = createMask(ownWords, { warn: (warning) => log('warning', warning), hide: tl.setSecret });
  return {
    kind: 'azure',
    input,
    log,
    group,
    annotate: ({ level, message, path, line }) => {
      const type = level === 'error' ? tl.IssueType.Error : tl.IssueType.Warning;
      if (level !== 'notice' && isShown(level)) tl.logIssue(type, inertText(message), inertText(path), line);
      else write(`${path}:${line}: ${level}: ${message}`);
    },
    secret: mask.add,
    masked: mask.value,
    ...logPrinter((text) => void process.stdout.write(`${text}\n`), { json: inertJson, text: inertText }),
    setOutput: (name, value) => {
      if (value.length <= longestVariable) {
        tl.setVariable(camelCase(name), value, false, true);
        return;
      }
      warnings += 1;
      writers.warning(`output ${camelCase(name)} is longer than a variable can be; read it from the saved report`);
    },
    summarise: async (_, path) => tl.uploadSummary(path),
    attach: async (files) => {
      for (const file of files) {
        if (file.mediaType === html.mediaType) reports.push(file);
        else attach(file);
      }
    },
    conclude: (conclusion, message) => {
      // Its name says how the run ended, so that the tab opens on the worst of many.
      for (const { path } of reports) tl.addAttachment(htmlAttachment, attachmentName(conclusion, process.env), path);
      conclude(conclusion, message, { isLogged: message === lastError, warnings });
    },
  };
}

function attach({ path, mediaType }: Attachment): void {
  if (mediaType === junit.mediaType)
    new tl.TestPublisher('JUnit').publish([path], 'true', '', '', 'Base images', 'false');
  else if (mediaType !== sarif.mediaType) tl.addAttachment(otherAttachment, basename(path), path);
  // The name under which the Scans tab of the SARIF viewer looks; a release pipeline has no such artifacts.
  else if (tl.getVariable('system.hosttype') === 'build')
    tl.uploadArtifact('CodeAnalysisLogs', underOwnName(path, process.env), 'CodeAnalysisLogs');
}

function conclude(
  conclusion: Conclusion,
  message: string,
  ending: { readonly isLogged: boolean; readonly warnings: number },
): void {
  const text = inertText(message);
  const success = ending.warnings > 0 ? 'SucceededWithIssues' : 'Succeeded';
  if (conclusion === 'succeeded') tl.command('task.complete', { result: success }, text);
  // setResult would log the message as a second issue.
  else if (ending.isLogged) tl.command('task.complete', { result: 'Failed' }, text);
  else tl.setResult(tl.TaskResult.Failed, text);
}
