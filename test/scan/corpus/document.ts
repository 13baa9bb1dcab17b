/** A report of a known format, small and made anew, and why it is no pass where it is none. */
export interface CorpusDocument {
  readonly name: string;
  readonly format: 'trivy' | 'grype' | 'cyclonedx' | 'sarif' | 'twistcli' | 'aqua' | 'snyk';
  readonly report: unknown;
  /** Words of the refusal, or the proof that is missing; it is believed when absent. */
  readonly refused?: string;
  readonly unproven?: string;
}

export const digest = `sha256:${'a'.repeat(64)}`;
export const imageId = `sha256:${'c'.repeat(64)}`;
export const other = `sha256:${'b'.repeat(64)}`;
export const image = `r.example/team/app@${digest}`;

/** A name, a report, and what is refused or left open of it. */
export type Variant = readonly [
  name: string,
  report: unknown,
  answer?: { readonly refused?: string; readonly unproven?: string },
];

/** Documents of one format by their variants. */
export function documents(format: CorpusDocument['format'], variants: readonly Variant[]): readonly CorpusDocument[] {
  return variants.map(([name, report, answer = {}]) => ({ name: `${format}: ${name}`, format, report, ...answer }));
}
