import { attempt } from '../../failure.ts';
import type { Transport } from '../../registry/transport/transport.ts';
import { plainLines } from '../../untrusted.ts';

/** Reads a log that is still being written. */
export interface LogReader {
  /** Hands on what has come since. */
  more(): Promise<void>;
  /** The last lines that say anything. */
  last(): string;
}

const limit = 8 * 1024 * 1024;
const shownLines = 5;

/** A reader of the append blob behind a signed address; a log that cannot be read breaks no build. */
export function readLog(transport: Transport, link: string | undefined, log: (line: string) => void): LogReader {
  let offset = 0;
  let rest = '';
  let shown: readonly string[] = [];
  const decoder = new TextDecoder();
  return {
    more: async () => {
      if (link === undefined || !URL.canParse(link)) return;
      const url = new URL(link);
      const headers = { range: `bytes=${offset}-` };
      const read = await attempt(url.host, () =>
        transport.send({ method: 'GET', url, headers, kind: 'get', subject: url.host, attempts: 1 }, limit),
      );
      // 416: nothing has been written since; 404: nothing has been written at all.
      if (read.kind === 'failed' || (read.value.status !== 200 && read.value.status !== 206)) return;
      const bytes = read.value.status === 200 ? read.value.bytes.subarray(offset) : read.value.bytes;
      offset += bytes.length;
      const lines = plainLines(rest + decoder.decode(bytes, { stream: true }));
      rest = lines.at(-1) ?? '';
      for (const line of lines.slice(0, -1)) log(line);
      shown = [...shown, ...lines.slice(0, -1)].filter((line) => line.trim() !== '').slice(-shownLines);
    },
    last: () =>
      [...shown, rest]
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .join(' | '),
  };
}
