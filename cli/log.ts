import type { createColors } from 'picocolors';
import type { Level, LogSubject } from '../core/ports.ts';

/** What one entry of the log says. */
export interface LogEntry {
  /** `result` is the sentence with which a run ends; it has no lead. */
  readonly level: Level | 'notice' | 'result';
  readonly message: string;
  readonly subject?: LogSubject | undefined;
  readonly place?: { readonly path: string; readonly line: number };
}

export type LogWriter = (entry: LogEntry) => void;

const leads: Readonly<Record<LogEntry['level'], string>> = {
  debug: '',
  info: '',
  notice: '',
  warning: 'warning: ',
  error: 'error: ',
  result: '',
};

/** Writes entries as people read them; `safeLines` makes lines of a text that the terminal can be given. */
export function textLog(
  write: (line: string) => void,
  safeLines: (text: string) => readonly string[],
  colors: ReturnType<typeof createColors>,
): LogWriter {
  const asIs = (line: string) => line;
  const paints = {
    debug: colors.dim,
    info: asIs,
    notice: asIs,
    warning: colors.yellow,
    error: colors.red,
    result: asIs,
  };
  return ({ level, message, place }) => {
    const text =
      place === undefined ? `${leads[level]}${message}` : `${place.path}:${place.line}: ${level}: ${message}`;
    const paint = place === undefined ? paints[level] : asIs;
    for (const line of safeLines(text)) write(paint(line));
  };
}

/** Writes every entry as one JSON object a line; `safe` takes from the document what a log must not hold. */
export function jsonLog(write: (line: string) => void, safe: (json: string) => string, now: () => Date): LogWriter {
  return ({ level, message, subject, place }) => {
    write(safe(JSON.stringify({ time: now().toISOString(), level, ...subject, ...place, message })));
  };
}

/** A log that is given no secret: they are taken out before texts are written as JSON, whose escapes could hide one. */
export function maskedLog(write: LogWriter, mask: (text: string) => string): LogWriter {
  return ({ level, message, subject, place }) =>
    write({
      level,
      message: mask(message),
      ...(subject === undefined ? {} : { subject: { ...subject, image: mask(subject.image) } }),
      ...(place === undefined ? {} : { place: { ...place, path: mask(place.path) } }),
    });
}
