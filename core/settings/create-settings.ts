import type { Host } from '../ports.ts';
import { below, type FileNode, type Pair, pairsOf, statedText, statedTexts } from './file-node.ts';
import { type InputDefinition, inputLabel } from './input.ts';
import type { Choices, InputName, Settings } from './settings.ts';
import { complain, invalid, parseBoolean, parseChoice, parseDuration, parseNumber, type Text } from './value.ts';

/** The settings of a run by a catalogue of inputs; without a file, those that the host alone decides. */
export function createSettings<const Inputs extends readonly InputDefinition[]>(
  host: Host,
  file: FileNode | undefined,
  inputs: Inputs,
): Settings<Inputs> {
  const definition = (name: InputName<Inputs>) => definitionOf(inputs, name);
  const text = (name: InputName<Inputs>): Text | undefined => {
    const input = definition(name);
    const given =
      hostText(host, name) ?? (input.config === undefined ? undefined : statedText(below(file, input.config)));
    if (given !== undefined) return given;
    return input.default === undefined ? undefined : { text: input.default, where: inputLabel(host.kind, name) };
  };
  const needed = (name: InputName<Inputs>): Text => {
    const value = text(name);
    if (value === undefined) throw complain({ where: inputLabel(host.kind, name) }, 'is missing', 'give it');
    return value;
  };
  const allGiven = (input: InputDefinition) => linesOf(hostText(host, input.name), input.commas === true);
  return {
    text,
    given: (name) => hostText(host, name),
    givenFor: ({ name }) => hostText(host, name),
    allGivenFor: allGiven,
    texts: (name) => {
      const input = definition(name);
      const given = allGiven(input);
      if (given.length > 0) return given;
      const inFile = input.config === undefined ? [] : statedTexts(below(file, input.config));
      return inFile.length > 0 || input.default === undefined ? inFile : [needed(name)];
    },
    pairs: (name) => {
      const { config } = definition(name);
      const given = linesOf(hostText(host, name), false).map(pairOf);
      return [...(config === undefined ? [] : pairsOf(below(file, config))), ...given];
    },
    boolean: (name) => parseBoolean(needed(name)),
    number: (name) => parseNumber(needed(name), definition(name).range),
    duration: (name) => parseDuration(needed(name)),
    choice: <Name extends keyof Choices<Inputs> & string>(name: Name) => {
      const { kind, aliases } = definition(name);
      const choices = typeof kind === 'object' ? kind.choice : [];
      // The type of the catalogue says of each name which choices its definition has.
      const isChoice = (text: string): text is Choices<Inputs>[Name] & string => choices.includes(text);
      return parseChoice(needed(name), choices.filter(isChoice), aliases);
    },
  };
}

function definitionOf(inputs: readonly InputDefinition[], name: string): InputDefinition {
  const found = inputs.find((input) => input.name === name);
  if (found === undefined) throw new Error(`the catalogue has no input ${name}`);
  return found;
}

// GitHub hands an input that was not given on as empty text.
function hostText(host: Host, name: string): Text | undefined {
  const text = host.input(name)?.trim();
  return text === undefined || text === '' ? undefined : { text, where: inputLabel(host.kind, name) };
}

function linesOf(value: Text | undefined, commas: boolean): readonly Text[] {
  if (value === undefined) return [];
  return value.text
    .split(commas ? /[\r\n,]/ : /[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((text) => ({ ...value, text }));
}

function pairOf(value: Text): Pair {
  const at = value.text.indexOf('=');
  if (at > 0) return { name: value.text.slice(0, at), value: { ...value, text: value.text.slice(at + 1) } };
  throw invalid(value, 'write it as NAME=VALUE');
}
