import type { Conclusion, Host, Level } from '../../core/ports.ts';

/** A host that is told its inputs and keeps what it is told. */
export interface RecordingHost extends Host {
  readonly secrets: readonly string[];
  readonly logged: readonly { readonly level: Level; readonly message: string }[];
  readonly conclusions: readonly Conclusion[];
}

export function recordingHost(inputs: Readonly<Record<string, string>>, kind: Host['kind'] = 'cli'): RecordingHost {
  const secrets: string[] = [];
  const logged: { level: Level; message: string }[] = [];
  const conclusions: Conclusion[] = [];
  return {
    kind,
    secrets,
    logged,
    conclusions,
    input: (name) => inputs[name],
    log: (level, message) => void logged.push({ level, message }),
    annotate: () => {},
    secret: (value) => void secrets.push(value),
    print: () => {},
    setOutput: () => {},
    summarise: async () => {},
    attach: async () => {},
    conclude: (conclusion) => void conclusions.push(conclusion),
  };
}
