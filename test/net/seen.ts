import type { Digest } from '../../core/oci/digest.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import type { Ended } from '../hosts/run.ts';
import type { Site } from './site.ts';

/** What a run left behind. */
export interface Seen extends Ended {
  readonly site: Site;
  readonly report: RefreshReport;
  readonly images: Readonly<Record<'web' | 'api', ReportedImage>>;
  /** What each release tag named before the run, by `NAME:TAG`. */
  readonly before: Readonly<Record<string, Digest | undefined>>;
  /** What the host was given for later steps; undefined on the command line. */
  readonly outputs: Readonly<Record<string, string>> | undefined;
  /** The arguments with which the small programs were called. */
  readonly calls: readonly { readonly program: string; readonly line: string }[];
}
