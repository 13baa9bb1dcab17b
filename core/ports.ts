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

/** A saved file that a host may show; its media type says which of its places it fits. */
export interface Attachment {
  /** Absolute. */
  readonly path: string;
  readonly mediaType: string;
}

export type Level = 'debug' | 'info' | 'warning' | 'error';

/** How a run ends: the exit code of the CLI, and what the two CI hosts make of it. */
export type Conclusion = 'succeeded' | 'policy-failed' | 'usage-error' | 'incomplete';

/** What is done with one image, in this order. */
export type ImageStage = 'build' | 'scan' | 'test' | 'sign' | 'promote';

/** What a message is about: an image, and what is being done with it. */
export interface LogSubject {
  readonly image: string;
  readonly stage?: ImageStage;
}

/** Follows the images of a run through their stages. */
export interface Progress {
  /** Says which images are to come, how long each took in an earlier run, in milliseconds, and how many go on at once. */
  expect(names: readonly string[], took: ReadonlyMap<string, number>, atOnce: number): void;
  /** Does the work on one of so many images; what is logged meanwhile is about it. */
  image<T>(name: string, of: number, work: () => Promise<T>): Promise<T>;
  /** Does one stage of the image in whose work it is. */
  stage<T>(stage: ImageStage, work: () => Promise<T>): Promise<T>;
  /** Shows what is held back until its image is finished, and from now on everything at once: the process is to end. */
  unfold(): void;
}

/** The host that started the run: where inputs come from and where words and results go. */
export interface Host {
  readonly kind: 'cli' | 'github' | 'azure';
  /** The raw value of a catalogue input, undefined when not given. A repeated option arrives as lines. */
  input(name: string): string | undefined;
  /** One message; the host neutralises untrusted text for its own log grammar. */
  log(level: Level, message: string, subject?: LogSubject): void;
  /** Where the log has groups that a reader can fold. */
  readonly group?: { begin(title: string): void; end(): void };
  /** Shows one line below the log until the next one replaces it, or nothing; only a terminal has it. */
  readonly live?: (line: string | undefined) => void;
  /** Absent where it is not shown. */
  readonly progress?: Progress;
  annotate(annotation: Annotation): void;
  /** Registers a secret so that the host masks it. */
  secret(value: string): void;
  /** A text for a file that is saved, without the secrets that are registered; words of reports stay. */
  masked?(value: string): string;
  /** Where results are read on a terminal: how wide it is, and whether it shows colours. */
  readonly screen?: { readonly columns: number; readonly colour: boolean };
  /** The command's result: a table or a JSON document. */
  print(text: string): void;
  /** A result that is more than one text can hold, in pieces that each end where a line or a value of JSON ends. */
  printPieces?(pieces: Iterable<string>): void;
  setOutput(name: string, value: string): void;
  /** Shows a Markdown summary on the run's page; `path` is where it is saved. */
  summarise(markdown: string, path: string): Promise<void>;
  /** Attaches report files to the run where the host has a place for them. */
  attach(files: readonly Attachment[]): Promise<void>;
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
  /** What comes in pieces is made as the program takes it. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Milliseconds until the program, and all that it started, is ended. */
  readonly timeout: number;
  /** Called with each line of stderr and stdout as it comes; what is long of a line is cut. */
  readonly onLine?: (line: string) => void;
  /** Whether stdout is what the program was asked for, and no log: `onLine` is called with lines of stderr alone. */
  readonly answers?: true;
  /** Largest number of bytes kept of stdout; a program that writes more is ended. */
  readonly maxOutput?: number;
  /** Ends the program, and all that it started, when it aborts. */
  readonly signal?: AbortSignal;
}

/** What a program wrote until it ended: the first bytes of stdout, and the last of stderr. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Why a program did not start. */
export type NotStarted =
  /** It is not on PATH, or nothing is at its path. */
  | { readonly kind: 'not-found' }
  /** Its file may not be executed. */
  | { readonly kind: 'not-executable' }
  /** Its file is there, and what should run it is not: the interpreter of its first line, or the loader. */
  | { readonly kind: 'no-interpreter' }
  | { readonly kind: 'no-working-folder'; readonly folder: string }
  | { readonly kind: 'arguments-too-long' }
  /** An argument, or a variable of its environment, holds a NUL character. */
  | { readonly kind: 'nul-in-arguments' }
  /** The system refused for another reason, such as too many processes. */
  | { readonly kind: 'not-started'; readonly reason: string };

/** How a program was ended that did not end by itself. */
export type Stopped = Output &
  (
    | { readonly kind: 'signalled'; readonly signal: string }
    /** After so many milliseconds. */
    | { readonly kind: 'timed-out'; readonly timeout: number }
    | { readonly kind: 'aborted' }
    /** It wrote more than so many bytes. */
    | { readonly kind: 'too-much-output'; readonly limit: number }
  );

/** How a program ended, or why it did not start. */
export type Exit = (Output & { readonly kind: 'exited'; readonly code: number }) | Stopped | NotStarted;

/** Runs an executable with an argument vector, never through a shell; settles at the bound and never throws. */
export type Exec = (command: Command) => Promise<Exit>;

export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
}

/** What stands at a path, links not followed. */
export interface Entry {
  readonly mode: number;
  readonly modified: Date;
  /** Whether this user owns it; always so where the system does not tell. */
  readonly isOwn: boolean;
  /** Where it leads, if it is a link. */
  readonly target?: string;
}

/** Temporary folders that another run of the same user left behind. */
export interface Leftover {
  readonly path: string;
  /** Its process; absent where it was ended before it could say. */
  readonly pid?: number;
  readonly since: Date;
  /** `unknown` where its process counts in another container, so that it cannot be known here whether it runs. */
  readonly state: 'dead' | 'unknown';
}

/** The file system; paths are absolute. Failures are thrown as FailureError with code `unreadable`. */
export interface Files {
  /**
   * The bytes of a file; with `most`, only of a regular one that has no more than so many. Those files count together:
   * `too-large` for one with which a run would read more of them than it may.
   */
  read(path: string, most?: number): Promise<Uint8Array>;
  readText(path: string, most?: number): Promise<string>;
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
  /** What stands at the path itself: permission bits, when it was changed, its owner, and where it leads if it is a link. */
  entry(path: string): Promise<Entry>;
  realpath(path: string): Promise<string>;
  makeDirectory(path: string): Promise<void>;
  /** A new private folder that the World removes when the run ends. */
  temporaryDirectory(prefix: string): Promise<string>;
  /** The temporary folders of runs that ended without removing them. */
  leftovers(): Promise<readonly Leftover[]>;
  remove(path: string): Promise<void>;
}

/** How a run learns that its process is to end, and what it still brings to its end. */
export interface Stop {
  /** Aborts when this process is asked to stop; programs, requests and waits end then. */
  readonly signal: AbortSignal;
  /** Runs work that ends by itself in good order after that: the process waits for it, for a few seconds. */
  orderly<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work whose programs, requests and waits go on after that, for as long as the process waits. */
  unbroken<T>(work: () => Promise<T>): Promise<T>;
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
    /** Bytes of memory that this process may use; absent where that is not known. */
    readonly memory?: number;
  };
  now(): Date;
  /** Absent where nothing tells the process to stop. */
  readonly stop?: Stop;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
  /** Unique lower-case hexadecimal text of so many bytes. */
  randomHex(bytes: number): string;
}
