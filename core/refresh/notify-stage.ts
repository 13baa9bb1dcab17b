import type { Config } from '../config/model.ts';
import { sendMetrics } from '../notify/otlp.ts';
import { notify } from '../notify/send.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import type { RefreshReport } from '../report/report.ts';
import { unbroken } from './stopping.ts';

interface Ended {
  readonly config: Config;
  readonly host: Host;
  readonly world: World;
}

/** Notifies who is to be notified of a run: not of a pull request's, which changes nothing, nor of one leg of many. */
export async function notifyOf({ config, host, world }: Ended, report: RefreshReport, conclusion: Conclusion) {
  const { notify: wanted, telemetry, pullRequest, fleet } = config;
  if (pullRequest !== undefined || fleet.leg !== undefined) return;
  if (wanted !== undefined) await unbroken(world, () => notify({ host, world }, wanted, report, conclusion));
  if (telemetry !== undefined) await unbroken(world, () => sendMetrics({ host, world }, telemetry, report));
}
