import { lifecycleLabel } from '../../../baseline/buildpacks.ts';
import { parsed } from '../../../json.ts';
import type { RebaseEvidence } from '../evidence.ts';

/** What the lifecycle of Cloud Native Buildpacks refuses to rebase (platform specification, rebaser). */
export function* boundByBuildpacks({ app, before, after }: RebaseEvidence): Generator<string> {
  const { labels } = app.config;
  if (labels['io.buildpacks.rebasable'] === 'false') yield 'its label io.buildpacks.rebasable is "false"';
  const metadata = labels[lifecycleLabel];
  if (metadata === undefined) return;
  if (parsed(metadata) === undefined) yield `its label ${lifecycleLabel} is not JSON`;
  const [old, fresh] = [before.parts.config, after.parts.config];
  for (const name of ['os', 'architecture', 'variant'] as const) {
    if (old[name] !== fresh[name]) yield `the ${name} of its run image changed, which buildpacks do not rebase`;
  }
  for (const name of ['io.buildpacks.base.distro.name', 'io.buildpacks.base.distro.version']) {
    if (old.labels[name] !== fresh.labels[name]) yield `the label ${name} of its run image changed`;
  }
}
