import { describeFailure, FailureError } from '../failure.ts';
import type { Host, World } from '../ports.ts';
import type { CommandName } from '../settings/commands.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { type notifyInputs, notifying } from './inputs.ts';
import type { TelemetrySettings } from './otlp.ts';
import { addressOf } from './settings.ts';

/**
 * Reads where metrics are sent: by the inputs, else by the variables of OpenTelemetry. A protocol that is not spoken here
 * sends nothing, for the variables are meant for other programs too; one that is no address or no header is a warning. Throws
 * FailureError `usage` for what an input says.
 */
export function readTelemetry(
  host: Host,
  settings: Settings<typeof notifyInputs>,
  { env }: Pick<World, 'env'>,
  command: CommandName,
): { readonly telemetry?: TelemetrySettings } {
  const given = settings.text('otlp-endpoint');
  const headers = settings.text('otlp-headers');
  if (headers !== undefined) host.secret(headers.text);
  const label = inputLabel(host.kind, 'otlp-headers');
  if (given === undefined) {
    if (headers !== undefined) {
      const endpoint = inputLabel(host.kind, 'otlp-endpoint');
      throw complain({ where: label }, `is given without ${endpoint}`, `add ${endpoint}`);
    }
    return notifying.includes(command) ? ofAmbient(host, env) : {};
  }
  const sent = headersIn(headers?.text ?? '', label);
  return {
    telemetry: { url: signalUrl(endpointOf(given.text, inputLabel(host.kind, 'otlp-endpoint'), sent)), headers: sent },
  };
}

// Who set them for another program did nothing wrong here.
function ofAmbient(host: Host, env: World['env']): { readonly telemetry?: TelemetrySettings } {
  try {
    return ofEnvironment(env);
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    host.log('warning', `${describeFailure(thrown.failure)} The metrics of this run are not sent.`);
    return {};
  }
}

// OpenTelemetry Protocol Exporter: the variable of a signal wins and is taken as it is, the general one has the path added.
function ofEnvironment(env: World['env']): { readonly telemetry?: TelemetrySettings } {
  const own = (name: string) => env[`OTEL_EXPORTER_OTLP_METRICS_${name}`] || undefined;
  const either = (name: string) => own(name) ?? (env[`OTEL_EXPORTER_OTLP_${name}`] || undefined);
  const isOff = /^true$/i.test(env.OTEL_SDK_DISABLED ?? '') || env.OTEL_METRICS_EXPORTER === 'none';
  const address = either('ENDPOINT');
  if (isOff || address === undefined || either('PROTOCOL') === 'grpc') return {};
  const isOwn = own('ENDPOINT') !== undefined;
  const name = `OTEL_EXPORTER_OTLP_${isOwn ? 'METRICS_' : ''}ENDPOINT`;
  const headers = headersIn(either('HEADERS') ?? '', 'OTEL_EXPORTER_OTLP_HEADERS');
  const url = endpointOf(address, name, headers);
  return { telemetry: { url: isOwn ? url : signalUrl(url), headers } };
}

// A collector of the same network is often spoken to in the clear; a token is not.
function endpointOf(text: string, where: string, headers: Readonly<Record<string, string>>): URL {
  const isPlain = URL.canParse(text.trim()) && new URL(text.trim()).protocol === 'http:';
  return isPlain && Object.keys(headers).length === 0 ? new URL(text.trim()) : addressOf(text, where);
}

function signalUrl(base: URL): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/metrics`;
  return url;
}

// As in W3C Baggage: pairs between commas, values percent-encoded. They hold tokens, so no message repeats them.
function headersIn(text: string, where: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(/[,\r\n]/)
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+)\s*=\s*([\t\x20-\x7e]*)$/.exec(pair) ?? [];
      if (name === '' || !isDecodable(value)) {
        throw complain({ where }, 'holds what is no header', 'write it as NAME=VALUE, several between commas');
      }
      return [name.toLowerCase(), decodeURIComponent(value)];
    }),
  );
}

function isDecodable(value: string): boolean {
  try {
    return !/[\r\n\0]/.test(decodeURIComponent(value));
  } catch {
    return false;
  }
}
