/** Where the attachments of a build are asked for. */
export interface AttachmentLocation {
  /** Base address of the organisation, with a slash at its end. */
  readonly organisation: string;
  readonly project: string;
  readonly build: number | null;
  readonly token: string;
}

export interface BuildPage {
  readonly build?: { readonly id: number };
}

export interface BuildAttachment {
  readonly name: string;
  readonly href: string;
}

/** How a run ended, worst first, in the words that the task puts into the names of its reports. */
const endings = [
  ['usage-error', 'Wrong arguments'],
  ['incomplete', 'Not complete'],
  ['policy-failed', 'Refused by policy'],
  ['succeeded', 'In order'],
] as const;

/** One report of the run, and the job that made it. */
export interface Report extends BuildAttachment {
  readonly job: string;
  readonly ending: string;
}

/** The reports by how their runs ended, the worst first, those of one ending by the names of their jobs. */
export function groupedReports(
  attachments: readonly BuildAttachment[],
): readonly { readonly ending: string; readonly reports: readonly Report[] }[] {
  const reports = attachments.map((attachment, index) => ({ ...attachment, ...readName(attachment.name, index) }));
  const order = [...endings.map(([, words]) => words), otherEnding];
  return order.flatMap((ending) => {
    const those = reports.filter((report) => report.ending === ending);
    if (those.length === 0) return [];
    const byName = new Intl.Collator('en', { numeric: true });
    return [{ ending, reports: those.sort((one, other) => byName.compare(one.job, other.job)) }];
  });
}

const otherEnding = 'Reports';

function readName(name: string, index: number): { readonly job: string; readonly ending: string } {
  const [, word, job] = /^([a-z-]+)\.(.+)\.html$/.exec(name) ?? [];
  const ending = endings.find(([own]) => own === word)?.[1];
  if (ending === undefined || job === undefined) return { job: `${name} ${index + 1}`, ending: otherEnding };
  return { job, ending };
}

// Build attachments REST API; the type is that which the task gives its report.
const type = 'base-image-refresh.html';
const apiVersion = '7.1-preview.2';

/** The reports attached to the build, one for each job that ran the task. */
export async function findAttachments(
  place: AttachmentLocation,
  send: typeof fetch,
): Promise<readonly BuildAttachment[]> {
  if (place.build === null) return [];
  const project = encodeURIComponent(place.project);
  const path = `${project}/_apis/build/builds/${place.build}/attachments/${type}?api-version=${apiVersion}`;
  const answer: unknown = JSON.parse(await fetchText(new URL(path, place.organisation).href, place, send));
  const value = isRecord(answer) && Array.isArray(answer.value) ? answer.value : [];
  return value.flatMap((entry) => attachmentOf(entry, place) ?? []);
}

/** Reads an address of the organisation with the user's token. */
export async function fetchText(href: string, place: AttachmentLocation, send: typeof fetch): Promise<string> {
  const response = await send(href, { headers: { Authorization: `Bearer ${place.token}` } });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.text();
}

// An organisation has more than one host name, and links may carry another than the page's. The token goes to the
// page's own host only: of a link nothing but its path below _apis is used.
function attachmentOf(entry: unknown, { organisation, project }: AttachmentLocation): BuildAttachment | undefined {
  if (!isRecord(entry) || typeof entry.name !== 'string') return undefined;
  const self = isRecord(entry._links) ? entry._links.self : undefined;
  const href = isRecord(self) ? self.href : undefined;
  const path = typeof href === 'string' ? /\/(_apis\/build\/.+)$/.exec(href)?.[1] : undefined;
  if (path === undefined) return undefined;
  return { name: entry.name, href: new URL(`${encodeURIComponent(project)}/${path}`, organisation).href };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
