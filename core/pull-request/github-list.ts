import { fail } from '../failure.ts';
import { type Api, callForJson } from './api.ts';
import { listAt } from './fields.ts';

const pageSize = 100;
const mostPages = 50;

/** Entries of a list of GitHub's API, read page by page as they are asked for; throws `malformed` beyond 5,000, where one is not found. */
export async function* githubList(
  api: Api,
  path: string,
  query: Readonly<Record<string, string>> = {},
): AsyncGenerator<unknown, void> {
  for (let page = 1; page <= mostPages; page++) {
    const asked = new URLSearchParams({ ...query, per_page: `${pageSize}`, page: `${page}` });
    const listed = listAt(await callForJson(api, { method: 'GET', path: `${path}?${asked}` }), '', api.root);
    yield* listed;
    if (listed.length < pageSize) return;
  }
  // What is not among them may stand behind them: nothing is opened a second time.
  throw fail('malformed', `${api.root}${path}`, `has more than ${pageSize * mostPages} entries`, 'close what is done');
}
