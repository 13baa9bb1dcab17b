import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Host } from '../../core/ports.ts';
import { camelCase } from '../../core/settings/input.ts';

/** The environment that a CI host sets for a step, in a folder of its own. */
export interface HostEnvironment {
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Text of one of the files that GitHub reads after a step: OUTPUT, STEP_SUMMARY. */
  file(name: string): string;
}

const base = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? tmpdir(), LANG: 'C.UTF-8' };

/** What a host sets for a step with these inputs (by catalogue name), and nothing of this process but PATH and HOME. */
export function hostEnvironment(kind: Host['kind'], inputs: Readonly<Record<string, string>>): HostEnvironment {
  const folder = mkdtempSync(join(tmpdir(), 'bir-host-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return environmentIn(folder, kind, inputs);
}

/** The same in a folder that somebody else removes. */
export function environmentIn(
  folder: string,
  kind: Host['kind'],
  inputs: Readonly<Record<string, string>>,
): HostEnvironment {
  const env = kind === 'cli' ? base : kind === 'github' ? githubEnv(folder, inputs) : azureEnv(folder, inputs);
  return { env, folder, file: (name) => readFileSync(join(folder, name), 'utf8') };
}

function githubEnv(folder: string, inputs: Readonly<Record<string, string>>): Record<string, string> {
  const files = ['OUTPUT', 'ENV', 'PATH', 'STATE', 'STEP_SUMMARY'];
  for (const name of files) writeFileSync(join(folder, name), '');
  return {
    ...base,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: 'refresh',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_RUN_ID: '1',
    GITHUB_WORKSPACE: folder,
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: folder,
    RUNNER_TOOL_CACHE: folder,
    ...Object.fromEntries(files.map((name) => [`GITHUB_${name}`, join(folder, name)])),
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
  };
}

function azureEnv(folder: string, inputs: Readonly<Record<string, string>>): Record<string, string> {
  return {
    ...base,
    TF_BUILD: 'True',
    AGENT_TEMPDIRECTORY: folder,
    AGENT_WORKFOLDER: folder,
    AGENT_VERSION: '4.265.1',
    BUILD_BUILDID: '7',
    BUILD_SOURCESDIRECTORY: folder,
    SYSTEM_DEFAULTWORKINGDIRECTORY: folder,
    SYSTEM_HOSTTYPE: 'build',
    SYSTEM_CULTURE: 'en-US',
    SYSTEM_TEAMPROJECTID: '00000000-0000-4000-8000-000000000001',
    VSTS_PUBLIC_VARIABLES: '[]',
    VSTS_SECRET_VARIABLES: '[]',
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${camelCase(name).toUpperCase()}`, value]),
    ),
  };
}

/** What a file of GitHub's `name<<DELIMITER` format sets. */
export function readEnvironmentFile(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [, name = '', , value = ''] of text.matchAll(/^([^=<\n]+)<<(.+)\n([\s\S]*?)\n?\2$/gm)) found[name] = value;
  return found;
}
