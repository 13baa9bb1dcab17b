import { validRange } from 'semver';
import { referenceOf } from '../settings/domain-values.ts';
import { below, type FileNode, itemNodes, statedText, statedTexts } from '../settings/file-node.ts';
import type { InputName, Settings } from '../settings/settings.ts';
import { choiceOf, invalid, parseBoolean, parseNumber, type Text } from '../settings/value.ts';
import { choiceKeys, days } from './config.ts';
import type { updateInputs } from './inputs.ts';
import type { UpdateRule, UpdateSettings } from './settings.ts';

const policyOf = choiceOf(choiceKeys.policy.shape.input.kind.choice);
const suffixOf = choiceOf(choiceKeys.suffix.shape.input.kind.choice);

/** Reads how references are updated; throws `usage` or `config`. */
export function readUpdate(
  settings: Settings<typeof updateInputs>,
  file: FileNode | undefined,
  resolvePath: (path: string) => string,
): UpdateSettings {
  const firstSeen = settings.text('first-seen')?.text;
  return {
    policy: settings.choice('update-policy'),
    suffix: settings.choice('suffix-policy'),
    longTermOnly: settings.boolean('lts'),
    preReleases: settings.boolean('pre-releases'),
    pinDigests: settings.boolean('pin-digests'),
    minimumAge: settings.number('minimum-age'),
    ignore: [],
    group: 'base-images',
    write: settings.boolean('write'),
    ...(settings.boolean('promoted') ? { promoted: true } : {}),
    repairPins: settings.boolean('repair-pins'),
    scanHeld: settings.boolean('scan-held'),
    ...(firstSeen === undefined ? {} : { firstSeen: resolvePath(firstSeen) }),
    rules: itemNodes(below(file, 'update.rules')).map((item) => underInputs(settings, readRule(item))),
  };
}

// Which key of a rule each input of the run goes over.
const inputOf = {
  policy: 'update-policy',
  suffix: 'suffix-policy',
  longTermOnly: 'lts',
  preReleases: 'pre-releases',
  pinDigests: 'pin-digests',
  minimumAge: 'minimum-age',
} as const satisfies Partial<Record<keyof UpdateRule, InputName<typeof updateInputs>>>;

function underInputs(settings: Settings<typeof updateInputs>, rule: UpdateRule): UpdateRule {
  const given = new Set<string>(
    Object.entries(inputOf).flatMap(([key, input]) => (settings.given(input) === undefined ? [] : [key])),
  );
  const left = Object.entries(rule).filter(([key]) => !given.has(key));
  return { match: rule.match, ...Object.fromEntries(left) };
}

function readRule(rule: FileNode): UpdateRule {
  const at = (name: string) => statedText(below(rule, name));
  const boolean = (name: string) => mapped(at(name), parseBoolean);
  const majors = below(rule, 'lts-majors');
  const ignore = below(rule, 'ignore');
  const read = {
    policy: policyOf(at('policy')),
    suffix: suffixOf(at('suffix')),
    longTermOnly: boolean('lts'),
    longTermMajors: majors && statedTexts(majors).map((text) => parseNumber(text, { minimum: 0, maximum: 100_000 })),
    preReleases: boolean('pre-releases'),
    pinDigests: boolean('pin-digests'),
    minimumAge: mapped(at('minimum-age'), (text) => parseNumber(text, days)),
    allow: mapped(at('allow'), rangeOf),
    endOfLife: mapped(at('end-of-life'), dayOf),
    replacedBy: mapped(at('replaced-by'), referenceOf),
    ignore: ignore && statedTexts(ignore).map(({ text }) => text),
    group: mapped(at('group'), groupOf),
  };
  const said = Object.entries(read).filter(([, value]) => value !== undefined);
  return { match: statedTexts(below(rule, 'match')).map(({ text }) => text), ...Object.fromEntries(said) };
}

function rangeOf(value: Text): string {
  if (validRange(value.text) !== null) return value.text;
  throw invalid(value, 'give a range such as "<21", "^3.19" or "1.24 || 1.26"');
}

function dayOf(value: Text): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value.text) && !Number.isNaN(Date.parse(value.text));
  if (isDay) return value.text;
  throw invalid(value, 'give a day such as 2027-01-31');
}

// The name becomes part of a branch's.
function groupOf(value: Text): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/.test(value.text) && !value.text.endsWith('.')) return value.text;
  throw invalid(value, 'use letters, digits, ".", "_" and "-", at most 50');
}

function mapped<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
