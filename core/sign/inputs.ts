import type { InputDefinition } from '../settings/input.ts';
import { attestationKinds, signers } from './settings.ts';

const commands = ['refresh', 'rebase', 'rollback', 'doctor'] as const;
// What a policy of a cluster asks for follows from these.
const stated = [...commands, 'admission'] as const;

/** Inputs that say how promoted images are signed. */
export const signInputs = [
  {
    name: 'sign',
    kind: { choice: ['none', ...signers] },
    default: 'none',
    from: 'repository',
    help: 'Tool that signs an image by digest, after it passes and before a release tag names it.',
    commands: stated,
    config: 'sign.tool',
  },
  {
    name: 'sign-key',
    kind: 'string',
    placeholder: 'KEY',
    from: 'run',
    help: 'Key file or KMS reference for cosign, which signs keyless without it; key name for notation.',
    commands: stated,
    config: 'sign.key',
  },
  {
    name: 'sign-plugin',
    kind: 'string',
    placeholder: 'NAME',
    from: 'run',
    help: 'Plugin of notation that holds the key, such as azure-kv.',
    commands,
    config: 'sign.plugin',
  },
  {
    name: 'transparency-log',
    kind: 'boolean',
    default: 'true',
    from: 'repository',
    help: 'Record cosign signatures in the public transparency log.',
    commands: stated,
    config: 'sign.transparency-log',
  },
  {
    name: 'sign-recursive',
    kind: 'boolean',
    default: 'true',
    from: 'repository',
    help: 'Sign each manifest of a multi-platform image too, and not its index alone.',
    commands,
    config: 'sign.recursive',
  },
  {
    name: 'attest',
    kind: 'list',
    commas: true,
    placeholder: 'KIND',
    default: 'record,scan',
    from: 'repository',
    help: `What to attest along with the signature: ${attestationKinds.join(', ')}, or none.`,
    commands: stated,
    config: 'sign.attest',
  },
  {
    name: 'signer-path',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'Executable of cosign or notation; by default the one on PATH.',
    commands,
  },
  {
    name: 'verdict-max-age',
    kind: 'duration',
    placeholder: 'TIME',
    from: 'run',
    help: 'How old the vulnerability database behind a signed verdict may be for it to stand in place of another scan of the same image, by the same policy and scanner; by default every image is scanned.',
    commands: ['refresh', 'rebase', 'scan'],
  },
] as const satisfies readonly InputDefinition[];
