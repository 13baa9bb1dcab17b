import type { Digest } from '../../oci/digest.ts';

/** One image in an Azure registry, as Defender for Cloud names it. */
export interface AssessedImage {
  /** `acme.azurecr.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly digest: Digest;
}

// "Container images in Azure registry should have vulnerability findings resolved" and the recommendation before it,
// from Microsoft's documentation of the container vulnerability assessments.
const assessmentKeys = ['33422d8f-ab1e-42be-bc9a-38685bb567b9', 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5'] as const;

/**
 * What Azure Resource Graph is asked: the vulnerabilities of the image (subassessments) and the assessment of the image
 * itself, which says that there are none.
 */
export function assessmentQuery({ registry, repository, digest }: AssessedImage): string {
  const artifact = 'properties.additionalData.artifactDetails';
  return [
    'securityresources',
    "| where type in~ ('microsoft.security/assessments', 'microsoft.security/assessments/subassessments')",
    "| extend assessmentKey = extract(@'(?i)/providers/Microsoft.Security/assessments/([^/]+)', 1, id)",
    `| where assessmentKey in~ (${assessmentKeys.map(literal).join(', ')})`,
    `| extend registryHost = tostring(${artifact}.registryHost), repositoryName = tostring(${artifact}.repositoryName), digest = tostring(${artifact}.digest)`,
    `| where digest =~ ${literal(digest)} or (isempty(digest) and tostring(properties.resourceDetails) contains ${literal(digest)})`,
    `| where isempty(registryHost) or registryHost =~ ${literal(registry)}`,
    `| where isempty(repositoryName) or repositoryName =~ ${literal(repository)}`,
    '| project id, type, properties',
    // Pages are of one order only where one is asked for.
    '| order by id asc',
  ].join('\n');
}

// Names of registries and repositories hold neither quotes nor backslashes; what does is no name.
function literal(text: string): string {
  if (/^[\w./:-]+$/.test(text)) return `'${text}'`;
  throw new Error(`${JSON.stringify(text)} cannot stand in a query`);
}
