import { severities } from '../../scan/finding.ts';
import { type RuleCondition, type RuleFacts, rankOf } from './language.ts';

// Names that no vulnerability, package or image has: a condition that fits them says nothing of what it is for.
const unlikely = { id: 'qzx7w-k9v', name: 'jvq4y', path: 'wq8zx/kjx5v', image: 'r4zq.example/xk7/vq9' };
const now = new Date('2026-01-01T00:00:00Z');
const image = {
  name: unlikely.image,
  registry: 'r4zq.example',
  repository: 'xk7/vq9',
  tag: 'zq',
  digest: `sha256:${'5a'.repeat(32)}`,
  base: `${unlikely.image}:1`,
  platforms: ['linux/amd64'],
  facts: [],
  size: 1000n,
  layers: 2n,
};
const change = { fixed: 1n, introduced: 1n, remaining: 1n };

/**
 * Whether a condition fits every vulnerability, of every image or of one that it names, whatever its spelling: it is asked
 * of some that have nothing in common.
 */
export function fitsEverything({ isOfFindings, imageTexts, evaluate }: RuleCondition): boolean {
  const fits = (facts: RuleFacts) => evaluate(facts).kind === 'yes';
  if (!isOfFindings) return fits({ image: {}, change: {}, now });
  const findings = samples();
  return imagesOf(imageTexts).some((of) => findings.every((finding) => fits({ finding, image: of, change, now })));
}

// Of conditions that name very many, so many are asked about.
const mostImages = 1000;

// Every image that a condition may be meant for: its fields are what they are put together with, or nothing like it.
function imagesOf(texts: RuleCondition['imageTexts']): readonly Readonly<Record<string, unknown>>[] {
  let images: readonly Readonly<Record<string, unknown>>[] = [image];
  for (const [field, values] of texts) {
    const isList = Array.isArray(Object.entries(image).find(([name]) => name === field)?.[1]);
    const said = [...values].map((value) => value.replaceAll(/\*+/g, 'x'));
    const known = said.map((value) => ({ [field]: isList ? [value] : value }));
    images = images.flatMap((one) => [one, ...known.map((more) => ({ ...one, ...more }))]).slice(0, mostImages);
  }
  return images;
}

function samples(): readonly Readonly<Record<string, unknown>>[] {
  return severities.flatMap((severity, at) =>
    [true, false].map((is) => {
      const years = is ? 6 : 0.01;
      const published = new Date(now.getTime() - years * 365 * 24 * 3_600_000);
      return {
        kind: 'vulnerability',
        id: is ? unlikely.id : `CVE-2025-${90000 + at}`,
        aliases: is ? [] : ['GHSA-2222-3333-4444'],
        title: is ? '' : 'overflow',
        severity: rankOf(severity),
        stated: rankOf(severity),
        raised: is,
        score: is ? 9.9 : 0.1,
        vector: is ? 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' : 'CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N',
        cwes: is ? [] : ['CWE-79'],
        package: is
          ? { name: unlikely.name, type: 'deb', path: unlikely.path, purl: `pkg:deb/debian/${unlikely.name}@1` }
          : {
              name: `@s/${unlikely.name}`,
              type: 'npm',
              path: 'app/package.json',
              purl: `pkg:npm/%40s/${unlikely.name}@2`,
            },
        installed: is ? '1' : '2.0',
        fixed: is,
        fixedVersion: is ? '3' : '',
        owner: is ? 'base' : 'app',
        introduced: is,
        epss: is ? 0.99 : 0.0001,
        kev: is,
        kevDue: published,
        published,
        fixPublished: published,
        firstSeen: published,
        layer: `sha256:${(is ? '5a' : 'a5').repeat(32)}`,
        platforms: is ? ['linux/amd64'] : ['linux/arm64', 'linux/s390x'],
      };
    }),
  );
}
