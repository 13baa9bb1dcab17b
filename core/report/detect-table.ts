import type { BaseImage } from '../dockerfile/base-image.ts';
import { type Cell, type Pens, paragraph, type TerminalOptions, table, terminal } from '../text/terminal.ts';
import { counted } from '../text/words.ts';
import { familiarName } from './words.ts';

/** What `detect --format json` prints. */
export interface DetectDocument {
  readonly schemaVersion: 1;
  readonly dockerfiles: readonly {
    readonly path: string;
    readonly failure: { readonly code: string; readonly line: number | null; readonly detail: string } | null;
    readonly bases: readonly {
      readonly reference: string;
      readonly raw: string;
      readonly via: BaseImage['via'];
      readonly line: number;
      readonly stage: string | number | null;
      readonly reachable: boolean;
      readonly platform: string | null;
    }[];
  }[];
}

type Detected = DetectDocument['dockerfiles'][number];

/** What `detect` found: a table of base images, then the Dockerfiles that could not be read. */
export function renderDetectTable(document: DetectDocument, options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const columns = [
    { title: 'Dockerfile', share: 30 },
    { title: 'Stage', share: 16 },
    { title: 'Base image', share: 34 },
  ];
  const rows = document.dockerfiles.flatMap((dockerfile) =>
    dockerfile.bases.map((base) => baseRow(dockerfile, base, pens)),
  );
  const refused = document.dockerfiles.flatMap((dockerfile) => refusal(dockerfile, pens));
  const total = `${counted(rows.length, 'base image')} in ${counted(document.dockerfiles.length, 'Dockerfile')}.`;
  return [...(rows.length === 0 ? [] : [table(columns, rows, pens)]), ...refused, pens.bold(total)].join('\n');
}

function baseRow({ path }: Detected, base: Detected['bases'][number], pens: Pens): readonly Cell[] {
  const notes = [
    ...(base.via === 'from' ? [] : [base.via]),
    ...(base.platform === null ? [] : [base.platform]),
    ...(base.reachable ? [] : ['not needed by the target']),
  ];
  const name = familiarName(base.reference);
  const ink = base.reachable ? {} : { ink: pens.dim };
  return [
    { lines: [`${path}:${base.line}`], ...ink },
    { lines: [base.stage === null ? '–' : String(base.stage)], ...ink },
    { lines: notes.length === 0 ? [name] : [name, `(${notes.join(', ')})`], ...ink },
  ];
}

function refusal({ path, failure }: Detected, pens: Pens): readonly string[] {
  if (failure === null) return [];
  const place = failure.line === null ? path : `${path}:${failure.line}`;
  return [pens.bad(paragraph(`${place}: ${failure.detail.replace(/\.+$/, '')}.`, pens))];
}
