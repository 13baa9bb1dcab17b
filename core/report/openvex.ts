import { acceptedNames } from '../gate/exception-index.ts';
import { digestOf } from '../oci/digest.ts';
import { visibleText } from '../text/escape.ts';
import { type AcceptedFinding, acceptedFindings, acceptedWords, justificationIn, scannedDigest } from './accepted.ts';
import { imageUrl, plainUrl } from './product-url.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** The accepted findings as an OpenVEX 0.2.0 document, each about one package of one image, by its digest. */
export function renderOpenVex({ images, finishedAt, tool }: RefreshReport): string {
  const statements = images.flatMap(statementsOf);
  const document = {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `urn:base-image-refresh:vex:${digestOf(JSON.stringify([finishedAt, statements])).slice('sha256:'.length)}`,
    author: 'Base Image Refresh',
    timestamp: finishedAt,
    version: 1,
    tooling: `${tool.name}/${visibleText(tool.version, 100)}`,
    statements,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function statementsOf(image: ReportedImage): readonly object[] {
  const digest = scannedDigest(image);
  if (digest === undefined) return [];
  const product = { '@id': imageUrl(image, digest), hashes: { 'sha-256': digest.replace(/^sha256:/, '') } };
  return [...placesOf(image).values()].map(({ finding, by, urls }) => ({
    vulnerability: vulnerabilityOf(finding),
    products: [{ ...product, subcomponents: [...urls].map((url) => ({ '@id': url })) }],
    status: 'not_affected',
    ...whyOf(by),
  }));
}

type Place = AcceptedFinding & { readonly urls: Set<string> };

// A statement is about every package of that name and version in the image, so what is accepted of only some is left out.
function placesOf(image: ReportedImage): ReadonlyMap<string, Place> {
  const accepted = acceptedFindings(image);
  const covered = new Set(accepted.map(({ finding }) => finding));
  const open = new Set(
    (image.scan?.findings ?? []).flatMap((finding) => (covered.has(finding) ? [] : pairsOf(finding))),
  );
  const places = new Map<string, Place>();
  for (const { finding, by } of accepted) {
    const urls = pairsOf(finding).every((pair) => !open.has(pair)) ? urlsOf(finding) : [];
    if (urls.length === 0) continue;
    const key = JSON.stringify([vulnerabilityOf(finding), by]);
    const place = places.get(key) ?? { finding, by, urls: new Set() };
    places.set(key, place);
    for (const url of urls) place.urls.add(url);
  }
  return places;
}

function urlsOf({ package: { purl }, parts = [] }: AcceptedFinding['finding']): readonly string[] {
  return [purl, ...parts.map((part) => part.purl)].flatMap((one) => plainUrl(one) ?? []);
}

function pairsOf(finding: AcceptedFinding['finding']): readonly string[] {
  const names = acceptedNames(finding).map((name) => name.toUpperCase());
  return urlsOf(finding).flatMap((url) => names.map((name) => `${name} ${url}`));
}

function vulnerabilityOf(finding: AcceptedFinding['finding']): object {
  const [name = '', ...aliases] = acceptedNames(finding).map((one) => visibleText(one, 200));
  const others = [...new Set(aliases)];
  return { name, ...(others.length === 0 ? {} : { aliases: others }) };
}

// OpenVEX takes a justification or an impact statement, and not both.
function whyOf(by: AcceptedFinding['by']): object {
  const justification = justificationIn(by.reason);
  const reason = visibleText(by.reason).trim();
  const said = visibleText(acceptedWords(by)).trim();
  const why =
    justification === undefined ? { impact_statement: reason === '' ? 'accepted' : reason } : { justification };
  const notes = [...(justification === undefined ? [] : [reason]), ...(said === '' ? [] : [said])].join('. ');
  return notes === '' ? why : { ...why, status_notes: notes };
}
