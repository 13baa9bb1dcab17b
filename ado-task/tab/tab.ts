import * as SDK from 'azure-devops-extension-sdk';
import {
  type AttachmentLocation,
  type BuildAttachment,
  type BuildPage,
  fetchText,
  findAttachments,
  groupedReports,
  type Report,
} from './attachments.ts';

// The part of the DOM that is used here; the rest of this repository runs in Node and has none.
interface Element {
  textContent: string;
  append(...children: readonly Element[]): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: 'click', listener: () => void): void;
  remove(): void;
}
declare const document: {
  readonly body: Element;
  createElement(name: string): Element;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
};

interface BuildPageService {
  getBuildPageData(): Promise<BuildPage | undefined>;
}
interface LocationService {
  getServiceLocation(): Promise<string>;
}

/** Shows the HTML reports that the task attached to this build. */
async function main(): Promise<void> {
  await SDK.init({ loaded: false });
  await SDK.ready();
  try {
    await showReports();
  } catch (error) {
    tell(`The report could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  await SDK.notifyLoadSucceeded();
}

async function showReports(): Promise<void> {
  const pages = await SDK.getService<BuildPageService>('ms.vss-build-web.build-page-data-service');
  const locations = await SDK.getService<LocationService>('ms.vss-features.location-service');
  const place: AttachmentLocation = {
    organisation: await locations.getServiceLocation(),
    project: SDK.getWebContext().project.id,
    build: (await pages.getBuildPageData())?.build?.id ?? null,
    token: await SDK.getAccessToken(),
  };
  const attachments = await findAttachments(place, fetch);
  const groups = groupedReports(attachments);
  const worst = groups[0]?.reports[0];
  if (worst === undefined) return tell('This run has no report of Base Image Refresh.');
  if (attachments.length > 1) addButtons(groups, worst, place);
  await show(worst, place);
}

function addButtons(groups: ReturnType<typeof groupedReports>, shown: BuildAttachment, place: AttachmentLocation) {
  for (const { ending, reports } of groups) {
    const list = document.createElement('section');
    const title = document.createElement('h2');
    title.textContent = `${ending} (${reports.length})`;
    const buttons = document.createElement('div');
    buttons.append(...reports.map((report) => button(report, report === shown, place)));
    list.append(title, buttons);
    document.querySelector('#reports')?.append(list);
  }
}

function button(report: Report, isShown: boolean, place: AttachmentLocation): Element {
  const element = document.createElement('button');
  element.textContent = report.job;
  element.setAttribute('aria-pressed', String(isShown));
  element.addEventListener('click', () => {
    for (const other of document.querySelectorAll('nav button')) other.setAttribute('aria-pressed', 'false');
    element.setAttribute('aria-pressed', 'true');
    show(report, place).catch((error: unknown) => tell(String(error)));
  });
  return element;
}

async function show(attachment: BuildAttachment, place: AttachmentLocation): Promise<void> {
  const html = await fetchText(attachment.href, place, fetch);
  const frame = document.createElement('iframe');
  // An empty sandbox: the report holds text from images and repositories and may run nothing and reach nothing.
  frame.setAttribute('sandbox', '');
  frame.setAttribute('title', 'Base image report');
  frame.setAttribute('srcdoc', html);
  for (const old of document.querySelectorAll('iframe')) old.remove();
  tell('');
  document.body.append(frame);
}

function tell(text: string): void {
  const status = document.querySelector('#status');
  if (status !== null) status.textContent = text;
}

void main();
