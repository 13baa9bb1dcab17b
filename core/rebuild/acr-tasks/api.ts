import { type FailureError, fail } from '../../failure.ts';
import { field, mappingOf } from '../../json.ts';
import { jsonFields } from '../../registry/auth/token-form.ts';
import type { Outgoing, Transport, WholeReply } from '../../registry/transport/transport.ts';

/** The version of the API of Azure Container Registry that the requests are written for. */
const apiVersion = '2019-06-01-preview';

const limit = 1024 * 1024;

/** Azure Resource Manager, for one registry. */
export interface RegistryApi {
  readonly transport: Transport;
  readonly management: string;
  /** Resource ID of the registry: /subscriptions/…/registries/NAME. */
  readonly resource: string;
  readonly token: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** POSTs to an action of the registry and answers the fields of what comes back. */
export function post(api: RegistryApi, action: string, body?: object): Promise<Fields> {
  return ask(api, 'POST', `${api.resource}/${action}`, body);
}

/** GETs something of the registry. */
export function get(api: RegistryApi, path: string): Promise<Fields> {
  return ask(api, 'GET', `${api.resource}/${path}`);
}

/** GETs any resource of Azure by its path. */
export async function ask(
  { transport, management, token }: Omit<RegistryApi, 'resource'>,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Fields> {
  const url = new URL(`${management}${path}`);
  url.searchParams.set('api-version', apiVersion);
  const outgoing: Outgoing = {
    method,
    url,
    headers: { accept: 'application/json', 'content-type': 'application/json', authorization: `Bearer ${token}` },
    kind: method === 'GET' ? 'get' : 'write',
    subject: url.host,
    ...(method === 'GET' ? {} : { body: () => JSON.stringify(body ?? {}) }),
  };
  const answer = await transport.send(outgoing, limit);
  if (answer.status === 200 || answer.status === 202) return jsonFields(answer.bytes);
  throw refused(url.host, answer);
}

// {"error":{"code":"AuthorizationFailed","message":"…"}}
function refused(host: string, answer: WholeReply): FailureError {
  const { error } = jsonFields(answer.bytes);
  const message = String(field(error, 'message') ?? '');
  const said = message === '' ? '' : ` (${message.slice(0, 300)})`;
  const isForbidden = answer.status === 401 || answer.status === 403;
  const code = answer.status === 401 ? 'unauthorised' : answer.status === 403 ? 'forbidden' : 'build-failed';
  const remedy = isForbidden
    ? 'give the identity of the job the role Contributor on the registry, or one with Microsoft.ContainerRegistry/registries/scheduleRun/action'
    : undefined;
  return fail(code, host, `Azure answered ${answer.status}${said}`, remedy, { retryable: answer.status >= 500 });
}

/** A text among fields; throws where Azure left it out. */
export function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw fail('malformed', 'Azure Container Registry', `answered without ${name}`);
}

/** An object among fields; empty where there is none. */
export function objectIn(fields: Fields, name: string): Fields {
  return mappingOf(fields[name]) ?? {};
}
