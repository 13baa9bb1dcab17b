import type { PolicyException } from '../policy.ts';
import { dayBefore } from './day.ts';
import type { ReadIgnores } from './ignores.ts';

/** Reads Trivy's `.trivyignore`: one id a line, with `exp:YYYY-MM-DD` behind it; comments above it are its reason. */
export function readTrivyignore(text: string, file: string): ReadIgnores {
  const exceptions: PolicyException[] = [];
  const skipped: string[] = [];
  let comments: string[] = [];
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    const source = `${file}:${index + 1}`;
    const [id, ...fields] = line.split(/\s+/);
    if (line.startsWith('#')) comments.push(line.replace(/^#+\s*/, ''));
    if (id === undefined || line === '' || line.startsWith('#')) {
      if (line === '') comments = [];
      continue;
    }
    const expiry = fields.find((field) => field.startsWith('exp:'));
    const expires = expiry === undefined ? undefined : dayBefore(expiry.slice('exp:'.length));
    const reason = comments.join(' ').trim() || `listed in ${file}`;
    comments = [];
    // Trivy passes over what it does not know; what may be meant as an end must not make an exception without one.
    const strange = fields.find((field) => /^exp\w*[:=]/i.test(field) && field !== expiry);
    if (strange !== undefined) skipped.push(`${source}: ${strange} is not understood, so the line accepts nothing`);
    else if (expires === 'unreadable') skipped.push(`${source}: ${expiry} is not a date, so the line accepts nothing`);
    else exceptions.push({ id, reason, source, ...(expires === undefined ? {} : { expires }) });
  }
  return { exceptions, skipped };
}
