// Distributions for which Trivy has a detector (aquasecurity/trivy, pkg/detector/ospkg/detect.go), by the name of its report.
const families: ReadonlySet<string> = new Set([
  'alma',
  'alpine',
  'amazon',
  'azurelinux',
  'bottlerocket',
  'cbl-mariner',
  'centos',
  'chainguard',
  'coreos',
  'debian',
  'echo',
  'minimos',
  'opensuse',
  'opensuse-leap',
  'opensuse-tumbleweed',
  'opensuse.leap',
  'opensuse.tumbleweed',
  'oracle',
  'photon',
  'redhat',
  'rocky',
  'slem',
  'sles',
  'suse linux enterprise micro',
  'suse linux enterprise server',
  'ubuntu',
  'wolfi',
]);

/** Whether Trivy has advisories for a distribution, by the family that its report names. */
export function supportsFamily(family: string): boolean {
  return families.has(family.toLowerCase());
}

// Trivy goes on after either, and finds nothing for want of advisories.
const unsupported = /(?:This OS version is not on the EOL list|Unsupported os)\b\s*(.*)$/i;

/** Whether a line of Trivy's log says that the image has a distribution without its package database. */
export function saysNoPackages(line: string): boolean {
  return line.slice(0, 1000).includes('No OS package is detected');
}

/** Which distribution, or version of one, a line of Trivy's log says that it has no advisories for; undefined where it says nothing of that. */
export function unsupportedIn(line: string): string | undefined {
  const [, named] = unsupported.exec(line.slice(0, 1000)) ?? [];
  if (named === undefined) return undefined;
  const values = [...named.matchAll(/(?:family|version)[=:]\s*"?([^"\s}]+)"?/g)].map(([, value]) => value);
  return values.length === 0 ? 'this version of the distribution' : values.join(' ');
}
