import { resolve } from 'node:path';
import { configFileOf } from '../../config/paths.ts';
import { readNamedFile } from '../../discover/read-file.ts';
import { attempt } from '../../failure.ts';
import { parseYaml, type YamlNode } from '../../settings/yaml.ts';
import { type DoctorFinding, problem, warning } from '../check.ts';
import type { Examination } from '../examination.ts';

/** A text of the configuration, or the value of a build argument. */
export interface Written {
  /** `.base-image-refresh.yml:4`, or what states the argument. */
  readonly where: string;
  /** Dotted path of the key, or the name of the argument. */
  readonly key: string;
  readonly text: string;
  readonly isArgument: boolean;
}

/** Collects what is written into the configuration file, and the arguments that builds are given. */
export async function textsAtHand(examination: Examination): Promise<readonly Written[]> {
  const { config, host, world } = examination;
  const named = host.input('config')?.trim();
  // What is wrong with the file is reported by another check.
  const read = await attempt('configuration', async () => {
    const file = named || (await configFileOf(world, config.root));
    const path = resolve(named ? world.cwd : config.root, file);
    const node = parseYaml(Buffer.from(await readNamedFile(world, config.root, path)).toString('utf8'), file);
    return node === undefined ? [] : textsIn(node, '', file);
  });
  const inFile = read.kind === 'done' ? read.value : [];
  const { builds } = await examination.discovery();
  const given = builds.flatMap(({ build }) =>
    Object.entries(build.args).map(([key, text]) => {
      return { where: build.provenance.args ?? build.name, key, text, isArgument: true };
    }),
  );
  const isInFile = ({ key, text }: Written) => inFile.some((one) => one.key.endsWith(`.${key}`) && one.text === text);
  return [...inFile, ...given.filter((one) => !isInFile(one))];
}

function textsIn(node: YamlNode, key: string, file: string): readonly Written[] {
  switch (node.kind) {
    case 'text':
      return [{ where: `${file}:${node.line}`, key, text: node.text, isArgument: /(?:^|\.)build-args\./.test(key) }];
    case 'empty':
      return [];
    case 'list':
      return node.items.flatMap((item, index) => textsIn(item, `${key}[${index}]`, file));
    case 'mapping':
      return node.entries.flatMap((entry) =>
        textsIn(entry.value, key === '' ? entry.key : `${key}.${entry.key}`, file),
      );
  }
}

// Forms that their makers document, so that leaked ones can be found.
const tokenForms: readonly (readonly [name: string, form: RegExp])[] = [
  ['a token of GitHub', /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})/],
  ['a token of GitLab', /\bglpat-[\w-]{20,}/],
  ['a token of Docker Hub', /\bdckr_(?:pat|oat)_[\w-]{20,}/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}/],
  ['a token of Slack', /\bxox[abprs]-[\w-]{10,}/],
  ['an access key of AWS', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a JSON web token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ['a password in an address', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@$]{3,}@/i],
];

const secretName = /(?:pass(?:word|wd|phrase)?|secret|token|api_?key|private_?key|access_?key|credentials?)$/i;
const remedy = 'pass it as a build-secret or a secret input, and rotate it';

/** What looks like a secret where everybody reads it; its value is never shown. */
export function writtenSecretFindings(texts: readonly Written[]): readonly DoctorFinding[] {
  return texts.flatMap(({ where, key, text, isArgument }) => {
    const form = tokenForms.find(([, pattern]) => pattern.test(text));
    if (form !== undefined) return [problem(where, `${key} holds ${form[0]} in plain text`, remedy)];
    const isLiteral = text !== '' && !/^\$|\$\{|\$\(/.test(text);
    if (!isArgument || !isLiteral || !secretName.test(lastPart(key))) return [];
    return [
      warning(
        where,
        `the build argument ${lastPart(key)} looks like a secret, and build arguments stay in the image history`,
        remedy,
      ),
    ];
  });
}

function lastPart(key: string): string {
  return key.split('.').at(-1) ?? key;
}
