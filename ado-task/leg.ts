import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Conclusion } from '../core/ports.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The job that runs the task, as the pipeline's page shows it, with its attempt where it is not the first. */
export function jobName(env: Env): string {
  const name = env.SYSTEM_JOBDISPLAYNAME || env.AGENT_JOBNAME || env.SYSTEM_JOBNAME || 'job';
  const attempt = Number(env.SYSTEM_JOBATTEMPT ?? '1');
  return attempt > 1 ? `${name} (attempt ${attempt})` : name;
}

/** The name of an attached report: how the run ended, and its job; readAttachmentName in tab/attachments.ts reads it. */
export function attachmentName(conclusion: Conclusion, env: Env): string {
  return `${conclusion}.${jobName(env)
    .replace(/[^\w .()-]/g, '_')
    .slice(0, 100)}.html`;
}

/** Copies a file to a name that no other job of the run has, for all their files come to lie in one artifact. */
export function underOwnName(path: string, env: Env): string {
  const job = [env.SYSTEM_PLANID, env.SYSTEM_JOBID, env.SYSTEM_JOBATTEMPT, env.SYSTEM_TASKINSTANCEID, jobName(env)];
  const own = createHash('sha256').update(job.join('\n')).digest('hex').slice(0, 12);
  const end = extname(path);
  const folder = join(env.AGENT_TEMPDIRECTORY ?? dirname(path), `base-image-refresh-${own}`);
  const copy = join(folder, `${basename(path, end)}-${own}${end}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(path, copy);
  return copy;
}
