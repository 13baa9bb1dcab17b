import { type Api, call, callForJson } from '../../pull-request/api.ts';
import { numberAt, textAt, valueAt } from '../../pull-request/fields.ts';
import { githubList } from '../../pull-request/github-list.ts';
import { type IssueText, issueLabel, type TrackedIssue, type Tracker } from './tracker.ts';

// GitHub takes 65,536 characters of a body, and 256 of a title.
const longestBody = 65_000;

/** Issues of a repository on GitHub (REST API of 2022-11-28). */
export function githubIssues(api: Api): Tracker {
  return {
    name: 'GitHub issues',
    open: () => openIssues(api),
    create: async (text) => {
      const body = { title: text.title, body: bodyOf(text), labels: [issueLabel] };
      return { url: textAt(await callForJson(api, { method: 'POST', path: '/issues', body }), 'html_url', api.root) };
    },
    change: async ({ number }, text) => {
      await call(api, { method: 'PATCH', path: `/issues/${number}`, body: { title: text.title, body: bodyOf(text) } });
    },
    close: async ({ number }, why) => {
      await call(api, { method: 'POST', path: `/issues/${number}/comments`, body: { body: why } });
      const body = { state: 'closed', state_reason: 'completed' };
      await call(api, { method: 'PATCH', path: `/issues/${number}`, body });
    },
  };
}

async function openIssues(api: Api): Promise<readonly TrackedIssue[]> {
  const found: TrackedIssue[] = [];
  for await (const entry of githubList(api, '/issues', { state: 'open', labels: issueLabel })) {
    // Pull requests are issues too.
    if (valueAt(entry, 'pull_request') === undefined) found.push(issueOf(api, entry));
  }
  return found;
}

function issueOf(api: Api, entry: unknown): TrackedIssue {
  const body = valueAt(entry, 'body');
  return {
    number: numberAt(entry, 'number', api.root),
    title: textAt(entry, 'title', api.root),
    body: typeof body === 'string' ? body : '',
    url: textAt(entry, 'html_url', api.root),
  };
}

function bodyOf({ paragraphs, marks }: IssueText): string {
  const hidden = marks.map((mark) => `<!-- ${mark} -->\n`).join('');
  return `${hidden}${paragraphs.join('\n\n')}`.slice(0, longestBody);
}
