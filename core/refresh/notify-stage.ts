import type { Config } from '../config/model.ts';
import { commentOnRequest, trackIssues } from '../notify/forge.ts';
import { sendMetrics } from '../notify/otlp.ts';
import { notify } from '../notify/send.ts';
import { formatReference } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import type { RefreshReport } from '../report/report.ts';
import { unbroken } from './stopping.ts';

interface Ended {
  readonly config: Config;
  readonly host: Host;
  readonly world: World;
}

/** Notifies who is to be notified of a run: a pull request of its own run, the other recipients of any other run, and no one of one leg of many. */
export async function notifyOf(
  { config, host, world }: Ended,
  report: RefreshReport,
  conclusion: Conclusion,
  hasAll = config.command === 'refresh',
) {
  const { notify: wanted, telemetry, forgeWork, pullRequest, fleet } = config;
  if (fleet.leg !== undefined) return;
  const ended = { host, world };
  if (pullRequest !== undefined) {
    if (forgeWork?.comment === true) {
      await unbroken(world, () => commentOnRequest(ended, forgeWork, report, scopeOf(config)));
    }
    return;
  }
  if (forgeWork?.issues !== undefined)
    await unbroken(world, () =>
      trackIssues(ended, forgeWork, report, { scope: scopeOf(config), isWhole: hasAll && isWhole(config, report) }),
    );
  if (wanted !== undefined) await unbroken(world, () => notify(ended, wanted, report, conclusion));
  if (telemetry !== undefined) await unbroken(world, () => sendMetrics(ended, telemetry, report));
}

// What could not be read may have images that the report has no line of.
function isWhole({ fleet }: Config, { failures }: RefreshReport): boolean {
  return failures.length === 0 && fleet.changedBases.length === 0;
}

// Runs about different parts of a repository, or about what the run says to be published there, have comments and issues of
// their own: the jobs of a matrix are of one name.
function scopeOf(config: Config): string {
  const { placeInRepository = '', files, include, exclude, operands, imageInputs, configuredBy } = config;
  const published = Object.entries(imageInputs).map(([name, reference]) => [name, formatReference(reference)]);
  const tags = config.tagsOfRepository === true ? [] : config.tags;
  return JSON.stringify([placeInRepository, files, include, exclude, operands, published, tags, configuredBy ?? null]);
}
