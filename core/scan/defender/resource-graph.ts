import * as v from 'valibot';
import { fail } from '../../failure.ts';
import { field } from '../../json.ts';
import type { AzureCloud, EntraToken } from '../../registry/auth/entra.ts';
import { jsonFields } from '../../registry/auth/token-form.ts';
import type { Transport } from '../../registry/transport/transport.ts';
import { readDocument } from '../document.ts';

const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01';
const largestPage = 64 * 1024 * 1024;
// A page has at most 1000 rows: more vulnerabilities than any image has.
const mostPages = 100;

const page = v.object({
  data: v.array(v.unknown()),
  totalRecords: v.pipe(v.number(), v.integer(), v.minValue(0)),
  // "true" where rows were left out; more are had with the skip token.
  resultTruncated: v.picklist(['true', 'false']),
  $skipToken: v.optional(v.string()),
});

/** Azure Resource Graph of one cloud. */
export interface ResourceGraph {
  readonly transport: Transport;
  readonly cloud: AzureCloud;
  readonly token: () => Promise<EntraToken>;
}

/** All rows that a query finds, page by page; throws where they cannot be had, or not all of them. */
export async function queryAll(graph: ResourceGraph, query: string, subject: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  let skipToken: string | undefined;
  for (let pages = 0; pages < mostPages; pages++) {
    const { data, totalRecords, resultTruncated, $skipToken } = await queryPage(graph, query, skipToken, subject);
    rows.push(...data);
    skipToken = $skipToken;
    if (skipToken !== undefined && skipToken !== '') continue;
    if (resultTruncated === 'true' || rows.length !== totalRecords) {
      throw fail('scan-failed', subject, `Azure Resource Graph gave ${rows.length} of ${totalRecords} rows`);
    }
    return rows;
  }
  throw fail('scan-failed', subject, `Azure Resource Graph has more than ${mostPages} pages of results`);
}

async function queryPage(
  { transport, cloud, token }: ResourceGraph,
  query: string,
  skipToken: string | undefined,
  subject: string,
) {
  const { value, source } = await token();
  const options = {
    resultFormat: 'objectArray',
    $top: 1000,
    ...(skipToken === undefined ? {} : { $skipToken: skipToken }),
  };
  const body = JSON.stringify({ query, options });
  const headers = {
    authorization: `Bearer ${value}`,
    'content-type': 'application/json',
    accept: 'application/json',
  };
  const url = new URL(path, cloud.management);
  const answer = await transport.send(
    { method: 'POST', url, headers, body: () => body, kind: 'get', subject: url.host },
    largestPage,
  );
  if (answer.status !== 200) throw refused(answer.status, answer.bytes, source);
  return readDocument(page, new TextDecoder().decode(answer.bytes), { tool: 'Azure Resource Graph', subject });
}

function refused(status: number, bytes: Uint8Array, source: string) {
  const { error } = jsonFields(bytes);
  const stated = field(error, 'code');
  const code = stated === undefined ? '' : ` (${String(stated).slice(0, 60)})`;
  const fact = `answered ${status}${code}`;
  if (status === 401) return fail('unauthorised', 'Azure Resource Graph', fact, `check the identity from ${source}`);
  if (status === 403) {
    const remedy = `give the identity from ${source} the role Security Reader on the subscription of the registry`;
    return fail('forbidden', 'Azure Resource Graph', fact, remedy);
  }
  return fail('scan-failed', 'Azure Resource Graph', fact, 'try again later', {
    retryable: status === 429 || status >= 500,
  });
}
