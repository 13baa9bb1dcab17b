import { below, type FileNode, itemNodes, statedText } from '../settings/file-node.ts';
import { namesFileOrAddress } from '../settings/named.ts';
import { type Key, type Shape, valueKey } from '../settings/shape.ts';
import { complain, invalid, parseChoice, quoted, type Text } from '../settings/value.ts';
import { namesOf } from '../table.ts';
import {
  type AttestationKind,
  attestationKinds,
  type Signer,
  signers,
  type TrustKey,
  type TrustRule,
} from './settings.ts';
import { type Signers, signerDefinitions } from './signers.ts';

/** An entry below one of them. */
export const trustRuleKeys: Readonly<Record<string, Key>> = {
  match: {
    ...valueKey('Pattern of repositories, including the registry, such as docker.io/library/*.', {
      kind: 'string',
      from: 'repository',
    }),
    required: true,
  },
  tool: valueKey('Tool that verifies the signature.', {
    kind: { choice: signers },
    from: 'repository',
    default: 'cosign',
  }),
  key: valueKey('Public key for cosign: a file or a KMS reference.', {
    kind: 'string',
    from: 'repository',
    names: namesFileOrAddress,
  }),
  identity: valueKey('Identity in a keyless cosign signature, such as the URL of a workflow.', {
    kind: 'string',
    from: 'repository',
  }),
  issuer: valueKey('Issuer of that identity, such as https://token.actions.githubusercontent.com.', {
    kind: 'string',
    from: 'repository',
  }),
  'transparency-log': valueKey('Require a signature made with a key to be in the public transparency log.', {
    kind: 'boolean',
    from: 'repository',
    default: 'true',
  }),
};

/** The form of these keys. */
export const trustRules: Shape = { kind: 'list', items: { kind: 'mapping', keys: trustRuleKeys } };

/** The rules below a key of the configuration file; throws where one does not say which signer to trust. */
export function readTrustRules(
  file: FileNode | undefined,
  key: TrustKey,
  table: Signers = signerDefinitions,
): readonly TrustRule[] {
  return itemNodes(below(file, key)).map((item) => {
    const match = statedText(below(item, 'match'));
    return { match: match === undefined ? '' : canonicalPattern(match), signer: readSigner(item, match, table) };
  });
}

// As references are read (distribution/reference): Docker Hub has one name here, and its official images stand in library/.
function canonicalPattern(match: Text): string {
  const [first = '', ...rest] = match.text.split('/');
  if (!/[.:*?[\]{}()!+@]/.test(first) && first !== 'localhost') {
    const remedy = `write docker.io/${rest.length === 0 ? 'library/' : ''}${match.text}, or the registry that is meant`;
    throw complain(match, `${quoted(match.text)} names no registry and would fit nothing`, remedy);
  }
  if (first !== 'docker.io' && first !== 'index.docker.io') return match.text;
  const isOfficial = rest.length === 1 && rest[0] !== '**';
  return ['docker.io', ...(isOfficial ? ['library'] : []), ...rest].join('/');
}

function readSigner(item: FileNode, match: Text | undefined, table: Signers): Signer {
  const text = (name: string) => statedText(below(item, name));
  const tool = text('tool');
  const name = tool === undefined ? 'cosign' : parseChoice(tool, namesOf(table));
  return table[name].trust({ text, where: match ?? { where: item.file } });
}

/** What is to be attested; `none` stands for nothing. */
export function readAttestations(values: readonly Text[]): readonly AttestationKind[] {
  // A default is one text, however many it lists.
  return values
    .flatMap((value) => value.text.split(',').map((text) => ({ ...value, text: text.trim() })))
    .filter(({ text }) => text !== 'none')
    .map((value) => {
      const known = attestationKinds.find((kind) => kind === value.text);
      if (known !== undefined) return known;
      throw invalid(value, `use ${attestationKinds.join(', ')} or none`);
    });
}
