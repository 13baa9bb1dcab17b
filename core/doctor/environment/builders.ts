import { formatPlatform } from '../../oci/platform.ts';
import { dockerEnvironment } from '../../rebuild/buildx/environment.ts';
import { type DockerDaemon, probeDocker } from '../../rebuild/docker/probe.ts';
import { type EngineDefinition, type EngineDefinitions, engineDefinitions } from '../../rebuild/engines.ts';
import { type DoctorFinding, note, ok } from '../check.ts';
import type { Examination } from '../examination.ts';
import { askProgram, type VersionAnswer, versionIn } from './programs.ts';

const absent: VersionAnswer = { kind: 'absent' };

/** What builders there are. */
export interface BuilderFacts {
  readonly daemon: DockerDaemon;
  readonly docker: VersionAnswer;
  readonly buildx: VersionAnswer;
  /** What `docker buildx inspect` prints of the builder in use. */
  readonly builder: VersionAnswer;
  /** Of the engines that are programs of their own. */
  readonly programs: readonly (readonly [name: string, answer: VersionAnswer])[];
}

/** Asks every builder for its version, and docker for its daemon. */
export async function buildersAtHand(
  { world }: Pick<Examination, 'world'>,
  definitions: EngineDefinitions = engineDefinitions,
): Promise<BuilderFacts> {
  const asked = Object.entries<EngineDefinition>(definitions).map(
    async ([name, { version }]) =>
      [name, version === undefined ? absent : await askProgram(world, name, version)] as const,
  );
  const [daemon, docker, buildx, builder, programs] = await Promise.all([
    probeDocker(world.exec, dockerEnvironment(world)),
    askProgram(world, 'docker', ['--version']),
    askProgram(world, 'docker', ['buildx', 'version']),
    askProgram(world, 'docker', ['buildx', 'inspect']),
    Promise.all(asked),
  ]);
  return { daemon, docker, buildx, builder, programs };
}

/** What is installed of builders and how far it works; which of them is good enough is the engine's finding. */
export function builderFindings(facts: BuilderFacts): readonly DoctorFinding[] {
  return [
    ...dockerFindings(facts),
    ...facts.programs.flatMap(([name, answer]) => {
      if (answer.kind === 'absent') return [];
      return [
        answer.kind === 'version' ? ok(name, versionIn(answer.text)) : note(name, `does not answer (${answer.why})`),
      ];
    }),
  ];
}

function dockerFindings({ daemon, docker, buildx, builder }: BuilderFacts): readonly DoctorFinding[] {
  if (docker.kind === 'absent') return [];
  if (docker.kind === 'refused') return [note('docker', `does not answer (${docker.why})`)];
  const client = `client ${versionIn(docker.text)}`;
  const engine =
    daemon.kind === 'ready'
      ? ok('docker', `${client}, daemon ${daemon.version} for ${formatPlatform(daemon.platform)}`)
      : note('docker', `${client}; ${daemon.why.replace(/ \(.*\)$/s, '')}`);
  if (buildx.kind !== 'version') return [engine];
  // The commit behind the version of "github.com/docker/buildx v0.29.1 1a2b3c4" is no part of it.
  const version = versionIn(buildx.text.split(/\s+/)[1] ?? buildx.text);
  if (builder.kind !== 'version') return [engine, note('buildx', version)];
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(builder.text)?.[1];
  const [name, driver] = [field('Name') ?? 'without a name', field('Driver') ?? 'unknown'];
  return [engine, ok('buildx', `${version}, builder ${name} with the driver ${driver}`)];
}
