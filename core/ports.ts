/** What a person should read beside a line of a file, on whatever the host has for it. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  /** Path relative to the repository, with forward slashes. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly title: string;
}

export type Level = 'debug' | 'info' | 'warning' | 'error';

/** How a run ends: the exit code of the CLI, and what the two CI hosts make of it. */
export type Conclusion = 'succeeded' | 'policy-failed' | 'usage-error' | 'incomplete';

/** The host that started the run: where inputs come from and where words and results go. */
export interface Host {
  readonly kind: 'cli' | 'github' | 'azure';
  /** The raw value of a catalogue input, undefined when not given. A repeated option arrives as lines. */
  input(name: string): string | undefined;
  /** One message; the host neutralises untrusted text for its own log grammar. */
  log(level: Level, message: string): void;
  annotate(annotation: Annotation): void;
  /** Registers a secret so that the host masks it. */
  secret(value: string): void;
  /** Where results are read on a terminal: how wide it is, and whether it shows colours. */
  readonly screen?: { readonly columns: number; readonly colour: boolean };
  /** The command's result: a table or a JSON document. */
  print(text: string): void;
  setOutput(name: string, value: string): void;
  /** Shows a Markdown summary on the run's page; `path` is where it is saved. */
  summarise(markdown: string, path: string): Promise<void>;
  /** Attaches report files (absolute paths) to the run where the host has a place for them. */
  attach(files: readonly string[]): Promise<void>;
  conclude(conclusion: Conclusion, message: string): void;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Milliseconds until response headers must have arrived. */
  readonly headersTimeout?: number;
  /** Certificates (PEM) of authorities to trust besides the usual ones. */
  readonly authorities?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be consumed or cancelled by the caller. */
  readonly body: AsyncIterable<Uint8Array> & { cancel(): Promise<void> };
}

/** Sends one request and follows no redirect: which host may see which header is the caller's decision. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  /** Milliseconds; the child is ended at the bound. */
  readonly timeout?: number;
  /** Called with each complete line of stderr and stdout as it comes. */
  readonly onLine?: (line: string) => void;
  /** Largest number of bytes kept of stdout; more is an error. */
  readonly maxOutput?: number;
  readonly signal?: AbortSignal;
}

export type Exit =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'killed'; readonly why: 'timeout' | 'aborted' | 'signal' | 'output'; readonly stderr: string };

/** Runs an executable with an argument vector, never through a shell. */
export type Exec = (command: Command) => Promise<Exit>;

export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
}

/** The file system; paths are absolute. Failures are thrown as FailureError with code `unreadable`. */
export interface Files {
  read(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** Writes atomically (temporary file, then rename) and makes parent folders; a text may come in pieces. */
  write(
    path: string,
    data: string | Uint8Array | Iterable<string>,
    options?: {
      /** Permission bits from the first byte on; the usual ones when absent. */
      readonly mode?: number;
    },
  ): Promise<void>;
  list(path: string): Promise<readonly FileEntry[]>;
  /** What the path is after following links; `absent` when nothing is there. */
  stat(path: string): Promise<{ readonly kind: FileEntry['kind'] | 'absent'; readonly size: number }>;
  /** Permission bits of what stands at the path itself, and where it leads if it is a link. */
  entry(path: string): Promise<{ readonly mode: number; readonly target?: string }>;
  realpath(path: string): Promise<string>;
  makeDirectory(path: string): Promise<void>;
  /** A new private folder that the World removes when the run ends. */
  temporaryDirectory(prefix: string): Promise<string>;
  remove(path: string): Promise<void>;
}

/** Everything a run may touch outside itself. */
export interface World {
  readonly http: Http;
  readonly exec: Exec;
  readonly files: Files;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: {
    readonly os: NodeJS.Platform;
    readonly architecture: NodeJS.Architecture;
    /** Version of the Node.js that runs this; absent where it is not known. */
    readonly node?: string;
  };
  now(): Date;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
  /** Unique lower-case hexadecimal text of so many bytes. */
  randomHex(bytes: number): string;
}
