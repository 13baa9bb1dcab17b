import { adapterDocuments } from './adapters.ts';
import { cyclonedxDocuments } from './cyclonedx.ts';
import type { CorpusDocument } from './document.ts';
import { grypeDocuments } from './grype.ts';
import { sarifDocuments } from './sarif.ts';
import { trivyDocuments } from './trivy.ts';

/** Every document of the corpus. */
export const corpus: readonly CorpusDocument[] = [
  ...trivyDocuments,
  ...grypeDocuments,
  ...cyclonedxDocuments,
  ...sarifDocuments,
  ...adapterDocuments,
];
