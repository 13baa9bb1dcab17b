import { isDeepStrictEqual } from 'node:util';
import { itemsOf } from '../../../json.ts';
import type { LayerFiles } from '../../../layers/layer-files.ts';
import { environmentOf } from '../../../oci/environment.ts';
import { whyFedByBase } from '../dockerfile-stages.ts';
import type { BaseSide, RebaseEvidence } from '../evidence.ts';
import { isUnset } from '../merge-config.ts';
import { programAt } from '../search.ts';
import { harmless } from './harmless-run.ts';

/** Layers that were made out of the old base, or of which nothing says how they were made. */
export function* boundByHistory(evidence: RebaseEvidence): Generator<string> {
  const { history, own, share, dockerfile, before, after } = evidence;
  const triggers = [before, after].some(({ parts }) => itemsOf(parts.config.config.OnBuild).length > 0);
  if (triggers) yield 'its base has ONBUILD instructions, which must run in a build';
  if (share.history.length === 0 && share.layers.length > 0)
    yield 'it has no history, so nothing says what made its layers';
  for (const { step, filled } of history) {
    if (step.kind === 'unknown') yield `its history has ${quoted(step.text)}, which is not understood`;
    if (step.kind === 'setting' && filled) {
      yield `its history has a layer of ${step.keyword.toUpperCase()}, which makes none: it was squashed`;
    }
    if (step.kind === 'run') yield* boundByRun(step.command, evidence);
  }
  const lower = new Set<string>();
  for (const layer of own) {
    if (layer.by?.step.kind === 'run' && !isOfNothingNew(layer.files, lower)) {
      yield `layer ${layer.number} was made by RUN and holds more than folders, links and files that it had before`;
    }
    for (const hash of hashesIn(layer.files)) lower.add(hash);
  }
  yield* copiesOfOldFiles(evidence);
  yield* maybeSet(evidence);
  const fed = dockerfile === undefined ? undefined : whyFedByBase(dockerfile);
  if (fed !== undefined) yield fed;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function* boundByRun(command: string, { before, after }: RebaseEvidence): Generator<string> {
  const form = harmless(command);
  if (form === undefined) {
    yield `its history has RUN ${quoted(command)}, whose result may depend on the base`;
    return;
  }
  const met = form.paths.find((path) => [before, after].some(({ files }) => files.at(path) !== undefined));
  if (met !== undefined) yield `its history has RUN ${quoted(command)}, and a base has ${met}`;
  const missing = ['/bin/sh', ...form.programs].find((name) => !isProgram(after, name));
  if (missing !== undefined) yield `its history has RUN ${quoted(command)}, and the new base has no ${missing}`;
  for (const name of ['Shell', 'User'] as const) {
    if (!sameSetting(before, after, name)) {
      yield `its history has a RUN, and ${name.toUpperCase()} of the base has changed`;
    }
  }
}

function isProgram(side: BaseSide, name: string): boolean {
  const found = programAt(side.files, environmentOf(side.parts.config.config), name);
  return found !== undefined;
}

/** Whether both bases have a setting alike. */
function sameSetting(before: BaseSide, after: BaseSide, name: string): boolean {
  const [old, fresh] = [before, after].map(({ parts }) => parts.config.config[name]);
  return isUnset(old) ? isUnset(fresh) : isDeepStrictEqual(old, fresh);
}

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function isOfNothingNew({ entries, whiteouts, opaque }: LayerFiles, lower: ReadonlySet<string>): boolean {
  if (whiteouts.length > 0 || opaque.length > 0) return false;
  return [...entries.values()].every((entry) => {
    if (entry.kind === 'file') return entry.hash === emptyHash || lower.has(entry.hash ?? '');
    return entry.kind === 'directory' || entry.kind === 'symlink';
  });
}

function hashesIn({ entries }: LayerFiles): readonly string[] {
  return [...entries.values()].flatMap((entry) => (entry.kind === 'file' ? [entry.hash ?? ''] : []));
}

/** Bytes from which on a file is no other's by chance. */
const tellingSize = 64;

// COPY --from and RUN may have taken files of the old base along, which a build would take from the new one.
function* copiesOfOldFiles({ own, before, after }: RebaseEvidence): Generator<string> {
  const old = new Map<string, string>();
  for (const path of before.files.paths()) {
    const entry = before.files.at(path);
    if (entry?.kind === 'file' && entry.hash !== undefined) old.set(entry.hash, path);
  }
  const fresh = new Set<string>();
  for (const path of after.files.paths()) {
    const entry = after.files.at(path);
    if (entry?.kind === 'file' && entry.hash !== undefined) fresh.add(entry.hash);
  }
  for (const { number, files } of own) {
    for (const [path, entry] of files.entries) {
      if (entry.kind !== 'file' || entry.hash === undefined || (entry.size ?? 0) < tellingSize) continue;
      const from = fresh.has(entry.hash) ? undefined : old.get(entry.hash);
      if (from !== undefined) yield `layer ${number} has a copy of ${from} of the old base as ${path}`;
    }
  }
}

// A value that looks like a name, or a tool that leaves no history of what it sets: nothing says whose it is.
function* maybeSet({ settings, history, before, after, app }: RebaseEvidence): Generator<string> {
  const byTool = history.some(({ step }) => step.kind === 'tool');
  const [old, fresh, own] = [before.parts, after.parts, app].map(({ config }) => environmentOf(config.config));
  for (const [name, value] of own ?? []) {
    const isOpen = (byTool || settings.possible.has(`Env ${name}`)) && !settings.sure.has(`Env ${name}`);
    if (isOpen && old?.get(name) === value && fresh?.get(name) !== value) {
      yield `nothing says for certain whether the image set the variable ${name} or has it from its base, which changed it`;
    }
  }
  const labels = [before.parts, after.parts, app].map(({ config }) => config.labels);
  for (const [name, value] of Object.entries(labels[2] ?? {})) {
    const isOpen = (byTool || settings.possible.has(`Labels ${name}`)) && !settings.sure.has(`Labels ${name}`);
    if (isOpen && labels[0]?.[name] === value && labels[1]?.[name] !== value && !name.startsWith('io.buildpacks.')) {
      yield `nothing says for certain whether the image set the label ${name} or has it from its base, which changed it`;
    }
  }
}
