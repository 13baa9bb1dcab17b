import { fail } from '../../failure.ts';
import { type Api, call, callForJson } from '../../pull-request/api.ts';
import { listAt, numberAt, textAt, valueAt } from '../../pull-request/fields.ts';
import { html } from '../../text/escape.ts';
import { type IssueText, issueLabel, type TrackedIssue, type Tracker } from './tracker.ts';

const apiVersion = 'api-version=7.1';
// The API answers so many work items at once.
const pageSize = 200;
const patch = 'application/json-patch+json';

/** Where work items are kept, and of which type they are. */
export interface Boards {
  /** At `…/PROJECT/_apis/wit`. */
  readonly api: Api;
  readonly project: string;
  /** Where people see the project. */
  readonly page: string;
  /** Such as Task, which every process has. */
  readonly type: string;
}

/** Work items of a project on Azure Boards (REST API 7.1). */
export function azureBoards(boards: Boards): Tracker {
  const { api, page, type } = boards;
  return {
    name: 'Azure Boards',
    open: () => openItems(boards),
    create: async (text) => {
      const path = `/workitems/$${encodeURIComponent(type)}?${apiVersion}`;
      const body = [...fieldsOf(text), set('System.Tags', issueLabel)];
      const made = await callForJson(api, { method: 'POST', path, body, type: patch });
      return { url: `${page}/_workitems/edit/${numberAt(made, 'id', api.root)}` };
    },
    change: async ({ number }, text) => {
      const path = `/workitems/${number}?${apiVersion}`;
      await call(api, { method: 'PATCH', path, body: fieldsOf(text), type: patch });
    },
    close: async ({ number }, why) => {
      const path = `/workitems/${number}?${apiVersion}`;
      const { done } = await statesOf(boards);
      const body = [set('System.State', done), set('System.History', html(why))];
      await call(api, { method: 'PATCH', path, body, type: patch });
    },
  };
}

async function openItems(boards: Boards): Promise<readonly TrackedIssue[]> {
  const { api, page, project, type } = boards;
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const query = [
    'SELECT [System.Id] FROM WorkItems',
    `WHERE [System.TeamProject] = ${quoted(project)} AND [System.WorkItemType] = ${quoted(type)}`,
    `AND [System.Tags] CONTAINS ${quoted(issueLabel)}`,
  ].join(' ');
  const answer = await callForJson(api, { method: 'POST', path: `/wiql?${apiVersion}`, body: { query } });
  const ids = listAt(answer, 'workItems', api.root).map((item) => numberAt(item, 'id', api.root));
  const { closed } = await statesOf(boards);
  const found: TrackedIssue[] = [];
  for (let at = 0; at < ids.length; at += pageSize) {
    const fields = 'System.Title,System.Description,System.State';
    const path = `/workitems?ids=${ids.slice(at, at + pageSize).join(',')}&fields=${fields}&${apiVersion}`;
    for (const item of listAt(await callForJson(api, { method: 'GET', path }), 'value', api.root)) {
      const fieldsOfItem = valueAt(item, 'fields');
      const text = (name: string) => String(fieldIn(fieldsOfItem, name) ?? '');
      const number = numberAt(item, 'id', api.root);
      if (closed.has(text('System.State'))) continue;
      const url = `${page}/_workitems/edit/${number}`;
      found.push({ number, title: text('System.Title'), body: text('System.Description'), url });
    }
  }
  return found;
}

// Names of fields have dots in them.
function fieldIn(fields: unknown, name: string): unknown {
  return typeof fields === 'object' && fields !== null ? Reflect.get(fields, name) : undefined;
}

// States are called differently by each process: Done, Closed.
async function statesOf({ api, type }: Boards) {
  const path = `/workitemtypes/${encodeURIComponent(type)}/states?${apiVersion}`;
  const states = listAt(await callForJson(api, { method: 'GET', path }), 'value', api.root);
  const named = (category: string) =>
    states.flatMap((state) => (valueAt(state, 'category') === category ? [textAt(state, 'name', api.root)] : []));
  const [done] = named('Completed');
  if (done === undefined) throw fail('malformed', api.root, `has no state in which a ${type} is completed`);
  return { done, closed: new Set([...named('Completed'), ...named('Removed')]) };
}

function fieldsOf({ title, plain, marks }: IssueText): readonly object[] {
  // Boards remove comments of HTML, so that the marks are to be seen; before all that others have written, which may look like one.
  const lines = [
    ...marks.map((mark) => `<p><small>${mark}</small></p>`),
    ...plain.map((line) => `<p>${html(line)}</p>`),
  ];
  return [set('System.Title', title), set('System.Description', lines.join(''))];
}

function set(field: string, value: string): object {
  return { op: 'add', path: `/fields/${field}`, value };
}
