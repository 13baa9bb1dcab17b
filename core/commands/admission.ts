import { admissionControllerTable } from '../admission/controllers.ts';
import { renderPolicies } from '../admission/render.ts';
import { admissionRules } from '../admission/rules.ts';
import type { Config } from '../config/model.ts';
import type { Build } from '../discover/build.ts';
import { type Discovery, discover } from '../discover/discover.ts';
import { describeFailure, fail, isUsageFailure } from '../failure.ts';
import { namedTag, type Repository } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';

/** `admission`: policies for a cluster that admit images of this repository as it signs them; no registry and no cluster is asked. */
export async function admissionCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const { admission } = config;
  const { builds, failures, notices } = await discover(world, config);
  for (const notice of notices) host.log('warning', describeFailure(notice));
  for (const failure of failures) host.log('error', describeFailure(failure));
  // A policy that lacks a repository would admit what it is taken to refuse.
  if (failures.length > 0) return failures.some(isUsageFailure) ? 'usage-error' : 'incomplete';
  const unknown = builds.filter(({ build }) => placesOf(build).length === 0);
  for (const { build } of unknown) host.log('warning', describeFailure(unpublished(build.name)));
  const repositories = publishedRepositories(builds);
  if (repositories.length === 0) {
    throw fail('config', config.root, 'nothing says where its images are published', 'name them with --image');
  }
  const { notes, policies } = admissionControllerTable[admission.controller];
  const objects = policies(await admissionRules(world, config, admission, repositories));
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  host.print(config.format === 'json' ? JSON.stringify(list, null, 2) : renderPolicies(objects, notes));
  return 'succeeded';
}

function unpublished(name: string) {
  const detail = 'nothing says where it is published, so that no policy is about it';
  return { subject: name, detail, remedy: `name it with --image ${name}=REFERENCE` };
}

// Which of its tags is the image is of no concern to a policy for its repository.
function placesOf({ releases, chosen }: Build): readonly Repository[] {
  if (chosen === undefined) return releases;
  const others = chosen.rule.templates.flatMap(({ repository }) => repository ?? []);
  return [chosen.repository, ...others, ...chosen.tags.map((tag) => namedTag(chosen.repository, tag))];
}

function publishedRepositories(builds: Discovery['builds']): readonly Repository[] {
  const all = builds.flatMap(({ build }) => placesOf(build));
  const byName = new Map(
    all.map(({ registry, repository }) => [`${registry}/${repository}`, { registry, repository }] as const),
  );
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, repository]) => repository);
}
