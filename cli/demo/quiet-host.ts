import type { Host, Level } from '../../core/ports.ts';

/** What a host of the demo hands on. */
export interface QuietHost {
  readonly host: Host;
  /** Report files of the run, once it has written them. */
  files(): readonly string[];
  /** What the run prints to standard output. */
  printed(): string;
}

/** A host whose run is given these inputs, reports what it does to `tell`, and prints nothing by itself. */
export function createQuietHost(
  inputs: Readonly<Record<string, string>>,
  tell: (level: Level, message: string) => void,
): QuietHost {
  let attached: readonly string[] = [];
  let printed = '';
  const host: Host = {
    kind: 'cli',
    input: (name) => inputs[name],
    log: tell,
    annotate: () => {},
    secret: () => {},
    print: (text) => {
      printed += text;
    },
    setOutput: () => {},
    summarise: async () => {},
    attach: async (files) => {
      attached = files.map(({ path }) => path);
    },
    conclude: () => {},
  };
  return { host, files: () => attached, printed: () => printed };
}
