import { isAbsolute, join, relative, sep } from 'node:path';
import { isIgnored, withIgnoreFile } from '../discover/ignore-rules.ts';

const usual = '.base-image-refresh';

/** The text of a .gitignore with a line for the output folder; undefined where it ignores that already. */
export function withOutputIgnored(text: string, root: string, outputDirectory: string): string | undefined {
  const folder = folderWithin(root, outputDirectory);
  const rules = withIgnoreFile([], '', text);
  if (isIgnored(rules, folder, true) || isIgnored(rules, join(folder, 'report.json'), false)) return undefined;
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : end;
  return `${text}${gap}# Reports of Base Image Refresh${end}/${folder}/${end}`;
}

// A name that is a pattern, or a folder elsewhere, is for whoever chose it to ignore.
function folderWithin(root: string, outputDirectory: string): string {
  const folder = relative(root, outputDirectory).split(sep).join('/');
  const isWithin = folder !== '' && !folder.startsWith('..') && !isAbsolute(folder);
  return isWithin && /^[\w./-]+$/.test(folder) ? folder : usual;
}
