import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import type { FileNode } from '../settings/file-node.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { readAttestations, readTrustRules } from './config.ts';
import type { signInputs } from './inputs.ts';
import type { SigningSettings } from './settings.ts';
import { type Signers, signerDefinitions } from './signers.ts';

/** How images are signed, and whose signatures bases and attestations must carry. */
export function readSigning(
  settings: Settings<typeof signInputs>,
  file: FileNode | undefined,
  world: World,
  table: Signers = signerDefinitions,
): SigningSettings {
  const rules = {
    trust: readTrustRules(file, 'verify-base', table),
    trustAttested: readTrustRules(file, 'verify-attestations', table),
    ...(settings.text('verdict-max-age') === undefined ? {} : { verdictMaxAge: settings.duration('verdict-max-age') }),
  };
  const tool = settings.choice('sign');
  if (tool === 'none') return rules;
  const [key, plugin, path] = [settings.text('sign-key'), settings.text('sign-plugin'), settings.text('signer-path')];
  if (plugin !== undefined) table[tool].checkPlugin(plugin);
  if (plugin !== undefined && key === undefined) {
    throw complain(plugin, 'names no key', 'give the identifier of the key there as sign-key');
  }
  const isFile = table[tool].keyMayBeFile && key !== undefined && !key.text.includes('://');
  // Who types an option means a file from where they are; the configuration file, one of its own folder.
  const typed = isFile && settings.given('sign-key') !== undefined;
  return {
    ...rules,
    sign: {
      tool,
      ...(key === undefined ? {} : { key: typed ? resolve(world.cwd, key.text) : key.text }),
      ...(plugin === undefined ? {} : { plugin: plugin.text }),
      transparencyLog: settings.boolean('transparency-log'),
      attestations: readAttestations(settings.texts('attest')),
      recursive: settings.boolean('sign-recursive'),
      ...(path === undefined ? {} : { path: /[\\/]/.test(path.text) ? resolve(world.cwd, path.text) : path.text }),
    },
  };
}
