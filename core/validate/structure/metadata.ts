import type { ImageConfig } from '../../oci/manifest.ts';
import { type ContainerSettings, containerSettings } from '../run-configuration.ts';
import type { Expected, MetadataTest } from './tests.ts';

/** What an image's configuration is against a test; nothing where it is as the test asks. */
export function metadataFaults(test: MetadataTest, config: ImageConfig): readonly string[] {
  const settings = containerSettings(config);
  return [
    ...test.envVars.flatMap(({ key, value }) => textFault(`variable ${key}`, settings.env[key], value)),
    ...test.unboundEnvVars.flatMap((key) => (settings.env[key] === undefined ? [] : [`variable ${key} is set`])),
    ...test.labels.flatMap(({ key, value }) => textFault(`label ${key}`, config.labels[key], value)),
    ...listFaults('port', settings.ports, test.exposedPorts, test.unexposedPorts, hasPort),
    ...listFaults('volume', settings.volumes, test.volumes, test.unmountedVolumes, (found, wanted) =>
      found.includes(wanted),
    ),
    ...wordsFault('entrypoint', settings.entrypoint, test.entrypoint),
    ...wordsFault('cmd', settings.cmd, test.cmd),
    ...plainFault('working folder', settings.workdir, test.workdir),
    ...plainFault('user', settings.user, test.user),
  ];
}

function textFault(what: string, found: string | undefined, expected: Expected): readonly string[] {
  if (found === undefined) return [`${what} is not set`];
  const holds = expected.kind === 'equal' ? found === expected.text : expected.pattern.matcher(found).find();
  return holds ? [] : [`${what} is ${JSON.stringify(found)}`];
}

function listFaults(
  what: string,
  found: readonly string[],
  wanted: readonly string[],
  unwanted: readonly string[],
  has: (found: readonly string[], wanted: string) => boolean,
): readonly string[] {
  return [
    ...wanted.filter((entry) => !has(found, entry)).map((entry) => `${what} ${entry} is not declared`),
    ...unwanted.filter((entry) => has(found, entry)).map((entry) => `${what} ${entry} is declared`),
  ];
}

// "8080" is a port of any protocol, "8080/udp" one of that protocol.
function hasPort(found: readonly string[], wanted: string): boolean {
  return found.some((port) => port === wanted || port.split('/', 1)[0] === wanted);
}

function wordsFault(what: string, found: readonly string[], wanted: readonly string[] | undefined): readonly string[] {
  if (wanted === undefined || JSON.stringify(found) === JSON.stringify(wanted)) return [];
  return [`${what} is ${JSON.stringify(found)}`];
}

function plainFault(what: string, found: ContainerSettings['user'], wanted: string | undefined): readonly string[] {
  return wanted === undefined || wanted === '' || found === wanted ? [] : [`${what} is ${JSON.stringify(found)}`];
}
