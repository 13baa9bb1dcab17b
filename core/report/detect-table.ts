import type { BaseImage } from '../dockerfile/base-image.ts';
import { type Pens, paragraph, type TerminalOptions, terminal } from '../text/terminal.ts';
import { type Cell, table } from '../text/terminal-table.ts';
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
    { title: 'Dockerfile' },
    { title: 'Stage' },
    { title: 'Base image' },
    { title: 'As' },
    { title: 'Note', isExtra: true as const },
  ];
  const rows = document.dockerfiles.flatMap((dockerfile) =>
    dockerfile.bases.map((base) => baseRow(dockerfile, base, pens)),
  );
  const refused = document.dockerfiles.flatMap((dockerfile) => refusal(dockerfile, pens));
  const total = `${counted(rows.length, 'base image')} in ${counted(document.dockerfiles.length, 'Dockerfile')}.`;
  return [...(rows.length === 0 ? [] : [table(columns, [{ rows }], pens)]), ...refused, pens.bold(total)].join('\n');
}

function baseRow({ path }: Detected, base: Detected['bases'][number], pens: Pens): readonly Cell[] {
  const use = [...(base.via === 'from' ? [] : [base.via]), ...(base.platform === null ? [] : [base.platform])];
  const ink = base.reachable ? {} : { ink: pens.dim };
  return [
    { lines: [`${path}:${base.line}`], ...ink },
    { lines: [base.stage === null ? '' : String(base.stage)], ...ink },
    { lines: [familiarName(base.reference)], ...ink },
    { lines: [use.join(', ')], ...ink },
    { lines: [base.reachable ? '' : 'not needed'], ...ink },
  ];
}

function refusal({ path, failure }: Detected, pens: Pens): readonly string[] {
  if (failure === null) return [];
  const place = failure.line === null ? path : `${path}:${failure.line}`;
  return [pens.bad(paragraph(`${place}: ${failure.detail.replace(/\.+$/, '')}.`, pens))];
}
