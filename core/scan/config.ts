import { fail } from '../failure.ts';
import { below, type FileNode, textOf, textsOf } from '../settings/file-node.ts';
import type { Key } from '../settings/shape.ts';
import type { Text } from '../settings/value.ts';
import { type ReportFormat, reportFormats, type ScannerName, type ScannerSettings, scannerNames } from './settings.ts';

/** What `scanner:` of the configuration file may say beside what inputs set there. */
export const scannerKeys: Readonly<Record<string, Key>> = {
  tool: {
    help: 'Scanner to use. With command it is any program that writes a report in a known format; all but trivy and grype have to be installed and licensed.',
    shape: { kind: 'value', input: { kind: { choice: scannerNames }, default: 'trivy' } },
  },
  command: {
    help: 'Program and arguments, one per entry; {image}, {platform}, {registry}, {repository}, {digest} and {output} are replaced.',
    shape: { kind: 'value', input: { kind: 'list' } },
  },
  format: {
    help: 'Format that the command writes, to {output} or to stdout.',
    shape: { kind: 'value', input: { kind: { choice: reportFormats } } },
  },
};

/**
 * Reads what `scannerKeys` describe; throws `config` where a command lacks its format, or either its tool. An input that
 * chooses another tool leaves the file's command unused.
 */
export function readScannerKeys(
  scanner: FileNode | undefined,
  input?: Text,
): Pick<ScannerSettings, 'tool' | 'command' | 'format'> {
  const tool = input ?? textOf(below(scanner, 'tool'));
  if (input !== undefined && input.text !== 'command') return { tool: input.text as ScannerName };
  const format = textOf(below(scanner, 'format'))?.text as ReportFormat | undefined;
  const command = textsOf(below(scanner, 'command')).map(({ text }) => text);
  const wanted = tool?.text === 'command';
  if (wanted !== command.length > 0 || wanted !== (format !== undefined)) {
    const where = scanner === undefined ? (tool?.where ?? 'scanner') : `${scanner.file}:${scanner.node.line}`;
    const detail = 'scanner.tool: command, scanner.command and scanner.format go together';
    throw fail('config', where, detail, 'give all three or none');
  }
  return {
    ...(tool === undefined ? {} : { tool: tool.text as ScannerName }),
    ...(command.length === 0 ? {} : { command }),
    ...(format === undefined ? {} : { format }),
  };
}
