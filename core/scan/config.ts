import { fail } from '../failure.ts';
import { below, type FileNode, statedText, statedTexts } from '../settings/file-node.ts';
import { type Key, valueKey } from '../settings/shape.ts';
import { parseChoice, type Text } from '../settings/value.ts';
import { namesOf } from '../table.ts';
import { installableNames, type Scanners, scannerNames, scanners } from './scanners.ts';
import { defaultScanner, type ScannerSettings, scannerFormats } from './settings.ts';

/** What `scanner:` of the configuration file may say beside what inputs set there. */
export const scannerKeys = {
  tool: valueKey(
    `Scanner to use. With command it is any program that writes a report in a known format; all but ${installableNames(scanners, 'and', ({ name }) => name)} have to be installed and licensed.`,
    { kind: { choice: scannerNames }, from: 'repository', default: defaultScanner },
  ),
  command: valueKey(
    'Program and arguments, one per entry; {image}, {platform}, {registry}, {repository}, {digest} and {output} are replaced.',
    { kind: 'list', from: 'run', names: () => ({ kind: 'runner' }) },
  ),
  format: valueKey('Format that the command writes, to {output} or to stdout.', {
    kind: { choice: scannerFormats },
    from: 'repository',
  }),
} satisfies Readonly<Record<string, Key>>;

/**
 * Reads what `scannerKeys` describe; throws `config` where a command lacks its format, or either its tool. An input that
 * chooses another tool leaves the file's command unused.
 */
export function readScannerKeys(
  scanner: FileNode | undefined,
  input?: Text,
  table: Scanners = scanners,
): Pick<ScannerSettings, 'tool' | 'command' | 'format'> {
  const given = input ?? statedText(below(scanner, 'tool'));
  const tool = given && parseChoice(given, namesOf(table));
  if (input !== undefined && tool !== undefined && tool !== 'command') return { tool };
  const stated = statedText(below(scanner, 'format'));
  const format = stated && parseChoice(stated, scannerFormats);
  const command = statedTexts(below(scanner, 'command')).map(({ text }) => text);
  const wanted = tool === 'command';
  if (wanted !== command.length > 0 || wanted !== (format !== undefined)) {
    const where = scanner === undefined ? (given?.where ?? 'scanner') : `${scanner.file}:${scanner.node.line}`;
    const detail = 'scanner.tool: command, scanner.command and scanner.format go together';
    throw fail('config', where, detail, 'give all three or none');
  }
  return {
    ...(tool === undefined ? {} : { tool }),
    ...(command.length === 0 ? {} : { command }),
    ...(format === undefined ? {} : { format }),
  };
}
