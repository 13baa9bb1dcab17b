import type { OutputDefinition } from '../settings/input.ts';
import { namesOf } from '../table.ts';
import type { RefreshReport } from './report.ts';

/** One format of a run's report: how it is made, and where it goes. */
export interface ReportFormat {
  /** Name of its file in the output directory. */
  readonly file: string;
  readonly mediaType: string;
  /** Who reads the file, as documentation says it. */
  readonly readers: string;
  /** The report in pieces, so that a large one need not be in memory as a whole; what makes them is loaded with the first. */
  readonly render: (report: RefreshReport) => Promise<Iterable<string>>;
  /** The output that holds its path; absent where later steps do not get it. */
  readonly output?: OutputDefinition;
}

/** Every format in which a report is saved, and which the command `report` prints. */
export const reportFormats = {
  json: {
    file: 'report.json',
    mediaType: 'application/json',
    readers: 'programs, and for rendering every other format later without another scan',
    render: async (report) => (await import('./json.ts')).jsonPieces(report),
    output: { name: 'report', help: 'Path of the saved report.json.' },
  },
  md: {
    file: 'summary.md',
    mediaType: 'text/markdown',
    readers: "the page of the run: GitHub's job summary, the Extensions tab of an Azure pipeline",
    render: async (report) => slices((await import('./markdown.ts')).renderMarkdown(report)),
  },
  sarif: {
    file: 'report.sarif',
    mediaType: 'application/sarif+json',
    readers: "code scanning: GitHub, Azure's Scans tab (artifact `CodeAnalysisLogs`), editors",
    render: async (report) => slices((await import('./sarif.ts')).renderSarif(report)),
    output: { name: 'sarif', help: 'Path of the SARIF file.' },
  },
  html: {
    file: 'report.html',
    mediaType: 'text/html',
    readers: 'people: one file, for a browser, a mail or paper',
    render: async (report) => slices((await import('./html.ts')).renderHtml(report)),
    output: { name: 'html', help: 'Path of the HTML report.' },
  },
  junit: {
    file: 'junit.xml',
    mediaType: 'application/junit+xml',
    readers: 'test tabs: one suite per image; its bases, build, scan, gate, promotion and deployment are the cases',
    render: async (report) => slices((await import('./junit.ts')).renderJunit(report)),
  },
  prometheus: {
    file: 'metrics.prom',
    mediaType: 'text/plain; version=0.0.4',
    readers: 'Prometheus: a textfile collector, or a Pushgateway',
    render: async (report) => (await import('./prometheus.ts')).renderPrometheus(report),
  },
  csv: {
    file: 'findings.csv',
    mediaType: 'text/csv',
    readers: 'spreadsheets: one row a finding, with its image, what became of it, and its fix',
    render: async (report) => (await import('./csv.ts')).renderCsv(report),
  },
  gitlab: {
    file: 'gl-container-scanning-report.json',
    mediaType: 'application/vnd.gitlab.container-scanning+json',
    readers: "GitLab's vulnerability report: `artifacts: reports: container_scanning`",
    render: async (report) => (await import('./gitlab.ts')).renderGitlab(report),
  },
  openvex: {
    file: 'openvex.json',
    mediaType: 'application/vnd.openvex+json',
    readers: 'scanners: the accepted findings, as `--vex` of Trivy and Grype takes them',
    render: async (report) => slices((await import('./openvex.ts')).renderOpenVex(report)),
  },
  vdr: {
    file: 'vdr.cdx.json',
    mediaType: 'application/vnd.cyclonedx+json; version=1.6',
    readers: 'Dependency-Track and others that read CycloneDX: a vulnerability disclosure report of what is published',
    render: async (report) => (await import('./cyclonedx.ts')).renderVdr(report),
  },
  packages: {
    file: 'packages.json',
    mediaType: 'application/vnd.base-image-refresh.packages+json',
    readers: 'programs: the packages that each rebuilt image adds, removes and changes',
    render: async (report) => slices((await import('./package-changes.ts')).renderPackageChanges(report)),
  },
  badge: {
    file: 'badge.svg',
    mediaType: 'image/svg+xml',
    readers: 'a README: whether the base images are fresh, as a picture',
    render: async (report) => [(await import('./badge.ts')).renderBadge(report)],
  },
  'badge-json': {
    file: 'badge.json',
    mediaType: 'application/vnd.shields.endpoint+json',
    readers: 'the same for the endpoint of shields.io, or a badge server of your own',
    render: async (report) => [`${JSON.stringify((await import('./badge.ts')).badgeOf(report))}\n`],
  },
} as const satisfies Readonly<Record<string, ReportFormat>>;

/** The formats by name: what readers of the table are given. */
export type ReportFormats = Readonly<Record<ReportFormatName, ReportFormat>>;

export type ReportFormatName = keyof typeof reportFormats;

/** Names of the formats, in the order in which they are listed. */
export const reportFormatNames = namesOf(reportFormats);

const sliceLength = 1_000_000;

// A large text is not to be in memory twice, as text and as bytes. No slice ends within a character of two units.
function* slices(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(start + sliceLength - 1));
    const end = start + sliceLength + (isSplit ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
}
