// Distributions whose advisories are in Grype's database (anchore/vunnel, src/vunnel/providers), by the names that
// Grype's reports give them.
const families: ReadonlySet<string> = new Set([
  'alma',
  'almalinux',
  'alpine',
  'amazon',
  'amazonlinux',
  'amzn',
  'azurelinux',
  'centos',
  'chainguard',
  'debian',
  'echo',
  'mariner',
  'minimos',
  'ol',
  'oracle',
  'oraclelinux',
  'raspbian',
  'redhat',
  'rhel',
  'rocky',
  'rockylinux',
  'secureos',
  'sles',
  'ubuntu',
  'wolfi',
]);

/** Whether Grype has advisories for a distribution, by the name that its report has for it. */
export function supportsDistribution(name: string): boolean {
  return families.has(name.toLowerCase());
}
