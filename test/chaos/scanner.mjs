// Stands where a scanner would: it finds nothing in whatever image it is given, and asks no registry.
import { writeFileSync } from 'node:fs';

const [image, output] = process.argv.slice(2);
const report = {
  SchemaVersion: 2,
  ArtifactName: image,
  ArtifactType: 'container_image',
  Metadata: { OS: { Family: 'debian', Name: '12' }, RepoDigests: [image] },
  // Without its list of packages, a report names what was judged only where vulnerabilities were looked for.
  Results: [{ Target: 'debian', Class: 'os-pkgs', Vulnerabilities: [] }],
};
writeFileSync(output, JSON.stringify(report));
