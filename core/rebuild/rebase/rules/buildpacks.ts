import { lifecycleLabel, recordedRunImage } from '../../../baseline/buildpacks.ts';
import { itemsOf, parsed } from '../../../json.ts';
import { environmentOf } from '../../../oci/environment.ts';
import type { ImageConfig } from '../../../oci/manifest.ts';
import { familiar, sameRepository } from '../../../oci/reference.ts';
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
  yield* boundByStack(app.config, fresh);
  const { names = [] } = recordedRunImage(app.config) ?? {};
  const { reference } = after.parts;
  if (names.length > 0 && !names.some((name) => sameRepository(name, reference))) {
    const recorded = names.map((name) => familiar(name)).join(', ');
    yield `its run image is recorded as ${recorded}, and ${familiar({ registry: reference.registry, repository: reference.repository })} is none of them`;
  }
  for (const name of ['io.buildpacks.base.distro.name', 'io.buildpacks.base.distro.version']) {
    if (old.labels[name] !== fresh.labels[name]) yield `the label ${name} of its run image changed`;
  }
}

// Images of platform API 0.11 and older are bound to a stack and its mixins (platform specification, rebaser).
function* boundByStack(app: ImageConfig, fresh: ImageConfig): Generator<string> {
  const [, minor] = /^0\.(\d+)$/.exec(environmentOf(app.config).get('CNB_PLATFORM_API') ?? '0.0') ?? [];
  if (minor === undefined || Number(minor) >= 12) return;
  const [old, now] = [app, fresh].map(({ labels }) => labels['io.buildpacks.stack.id']);
  if (old !== now) yield `its stack is ${old ?? 'not named'}, and that of its run image ${now ?? 'not named'}`;
  const [wanted = [], offered = []] = [app, fresh].map(({ labels }) => mixinsOf(labels['io.buildpacks.stack.mixins']));
  const lacking = wanted.filter((mixin) => !offered.includes(mixin));
  if (lacking.length > 0) yield `its run image no longer has the mixins ${lacking.join(', ')}`;
}

function mixinsOf(label: string | undefined): readonly string[] {
  return itemsOf(parsed(label ?? '')).map((mixin) => String(mixin).replace(/^(?:run|build):/, ''));
}
