import type { Config } from '../config/model.ts';
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
  const { notify: wanted, pullRequest, fleet } = config;
  if (wanted === undefined || pullRequest !== undefined || fleet.leg !== undefined) return;
  await unbroken(world, () => notify({ host, world }, wanted, report, conclusion));
}
