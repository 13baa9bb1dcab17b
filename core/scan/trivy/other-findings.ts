import * as v from 'valibot';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { severityOfWord } from '../adapters/words.ts';
import { type Finding, ownerOf } from '../finding.ts';

const text = v.optional(v.string(), '');
const layer = v.optional(v.object({ DiffID: text }));

/** What Trivy lists of a target beside its vulnerabilities. */
export const otherResult = v.object({
  Secrets: v.optional(
    v.array(v.object({ RuleID: text, Category: text, Severity: text, Title: text, Layer: layer })),
    [],
  ),
  Misconfigurations: v.optional(
    v.array(
      v.object({ ID: text, AVDID: text, Title: text, Severity: text, Status: text, PrimaryURL: text, Layer: layer }),
    ),
    [],
  ),
  Licenses: v.optional(
    v.array(v.object({ Name: text, Severity: text, Category: text, PkgName: text, FilePath: text })),
    [],
  ),
});

type Other = v.InferOutput<typeof otherResult> & { readonly Target: string };

/** Secrets, misconfigurations and licences as findings of their own kinds; of a secret only its rule and place are read. */
export function otherFindings(
  entry: Other,
  baseLayers: ReadonlySet<Digest>,
  platforms: readonly string[],
): readonly Finding[] {
  const place = (said: string | undefined): Pick<Finding, 'owner' | 'layer' | 'platforms'> => {
    const diffId = asDigest(said ?? '');
    return { ...(diffId === undefined ? {} : { layer: diffId }), owner: ownerOf(diffId, baseLayers), platforms };
  };
  const at = (path: string) => ({ name: path === '' ? 'image' : path, ...(path === '' ? {} : { path }) });
  return [
    ...entry.Secrets.map(
      (found): Finding => ({
        kind: 'secret',
        id: named(found.RuleID, 'secret'),
        aliases: [],
        title: named(found.Title, found.Category),
        package: at(entry.Target),
        installed: '',
        severity: severityOfWord(found.Severity),
        ...place(found.Layer?.DiffID),
      }),
    ),
    ...entry.Misconfigurations.filter(({ Status }) => !/^(?:PASS|EXCEPTION)$/i.test(Status)).map(
      (found): Finding => ({
        kind: 'misconfiguration',
        id: named(found.ID, 'misconfiguration'),
        aliases: found.AVDID === '' || found.AVDID === found.ID ? [] : [found.AVDID],
        title: found.Title,
        ...(found.PrimaryURL === '' ? {} : { url: found.PrimaryURL }),
        package: at(entry.Target),
        installed: '',
        severity: severityOfWord(found.Severity),
        ...place(found.Layer?.DiffID),
      }),
    ),
    ...entry.Licenses.map(
      (found): Finding => ({
        kind: 'licence',
        id: named(found.Name, 'licence'),
        aliases: [],
        title: found.Category === '' ? 'licence' : `licence of the category ${found.Category}`,
        package: {
          name: named(found.PkgName, named(found.FilePath, entry.Target)),
          ...(found.FilePath === '' ? {} : { path: found.FilePath }),
        },
        installed: '',
        severity: severityOfWord(found.Severity),
        owner: 'unknown',
        platforms,
      }),
    ),
  ];
}

function named(text: string, otherwise: string): string {
  return text === '' ? otherwise : text;
}
