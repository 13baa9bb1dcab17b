import { AsyncLocalStorage } from 'node:async_hooks';
import type { Host, ImageStage, Level, LogSubject, Progress } from '../ports.ts';
import { given } from '../table.ts';
import { type Expectation, expectationOf, timeLeft } from './time-left.ts';
import { listed } from './words.ts';

/** The clock of those who look on; it keeps no process alive. */
export interface ProgressClock {
  /** Milliseconds. */
  now(): number;
  /** Calls again and again after so many milliseconds, until what it returns is called. */
  every(milliseconds: number, tick: () => void): () => void;
}

const doing: Readonly<Record<ImageStage, string>> = {
  build: 'is built',
  scan: 'is scanned',
  test: 'is tested',
  sign: 'is signed',
  promote: 'is promoted',
};

const tickEvery = 1_000;
/** A log says nothing for no longer than this, in milliseconds; the tick that follows would be too late. */
const longestSilence = 30_000 - tickEvery;
/** More lines are not held back for one image. */
const mostHeld = 5_000;

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly subject?: LogSubject | undefined;
}

/** The work on one image. */
interface Work {
  readonly name: string;
  readonly since: number;
  /** Those under way, in the order in which they began. */
  readonly stages: { readonly stage: ImageStage; readonly since: number }[];
  held: Line[];
}

/**
 * A host that follows images through their stages. Where the log has groups, the lines of an image are held back and make
 * one when it is finished; where it has not, they come at once. While images are under way a terminal shows how far they
 * are, and every other log says so after half a minute of silence.
 */
export function withProgress(host: Host, clock: ProgressClock): Host {
  const about = new AsyncLocalStorage<{ readonly work: Work; readonly stage?: ImageStage }>();
  const log = new ImageLog(host, clock);
  const progress: Progress = {
    expect: (names, took, atOnce) => log.expect(expectationOf(names, took, atOnce)),
    image: async (name, of, doWork) => {
      const work = log.begin(name, of);
      try {
        return await about.run({ work }, doWork);
      } finally {
        log.end(work);
      }
    },
    stage: async (stage, doWork) => {
      const work = about.getStore()?.work;
      if (work === undefined) return doWork();
      const entry = { stage, since: clock.now() };
      work.stages.push(entry);
      try {
        return await about.run({ work, stage }, doWork);
      } finally {
        work.stages.splice(work.stages.indexOf(entry), 1);
      }
    },
    unfold: () => log.unfold(),
  };
  return {
    ...host,
    progress,
    log: (level, message) => {
      const { work, stage } = about.getStore() ?? {};
      if (work === undefined) log.write({ level, message });
      else log.add(work, { level, message, subject: { image: work.name, ...given('stage', stage) } });
    },
  };
}

/** The log of images that are under way side by side. */
class ImageLog {
  readonly #host: Host;
  readonly #clock: ProgressClock;
  readonly #works = new Set<Work>();
  #done = 0;
  #of = 0;
  #isUnfolded = false;
  /** When it last said something. */
  #spoke = 0;
  #stop: (() => void) | undefined;
  #expected: Expectation | undefined;

  constructor(host: Host, clock: ProgressClock) {
    this.#host = host;
    this.#clock = clock;
  }

  expect(expected: Expectation | undefined): void {
    this.#expected = expected;
  }

  begin(name: string, of: number): Work {
    const now = this.#clock.now();
    const work: Work = { name, since: now, stages: [], held: [] };
    if (this.#works.size === 0) this.#spoke = now;
    this.#works.add(work);
    // The images of one repository after those of another.
    if (this.#done >= this.#of) this.#done = 0;
    this.#of = of;
    this.#stop ??= this.#clock.every(tickEvery, () => this.#tick());
    return work;
  }

  end(work: Work): void {
    this.#works.delete(work);
    this.#expected?.left.delete(work.name);
    this.#done += 1;
    this.#release(work);
    if (this.#works.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
    this.#host.live?.(undefined);
  }

  add(work: Work, line: Line): void {
    // What comes after the end of its image, or of the process, waits for nothing.
    const isHeld = this.#host.group !== undefined && !this.#isUnfolded && this.#works.has(work);
    if (isHeld) work.held.push(line);
    else this.write(line);
    if (work.held.length >= mostHeld) this.#release(work);
  }

  write({ level, message, subject }: Line): void {
    if (level !== 'debug') this.#spoke = this.#clock.now();
    this.#host.log(level, message, subject);
  }

  unfold(): void {
    this.#isUnfolded = true;
    for (const work of this.#works) this.#release(work);
  }

  #release(work: Work): void {
    if (work.held.length === 0) return;
    const lines = work.held;
    work.held = [];
    this.#host.group?.begin(`${work.name} (${elapsed(this.#clock.now() - work.since)})`);
    for (const line of lines) this.write(line);
    this.#host.group?.end();
  }

  #tick(): void {
    const now = this.#clock.now();
    const left = timeLeft(this.#expected, this.#works, now);
    const line = `${this.#done} of ${this.#of} done${left}: ${underWay(this.#works, now)}`;
    if (this.#host.live !== undefined) this.#host.live(line);
    else if (now - this.#spoke >= longestSilence) this.write({ level: 'info', message: line });
  }
}

function underWay(works: ReadonlySet<Work>, now: number): string {
  const each = [...works].map(({ name, since, stages }) => {
    const [first] = stages;
    if (first === undefined) return `${name} is under way (${elapsed(now - since)})`;
    return `${name} ${doing[first.stage]} (${elapsed(now - first.since)})`;
  });
  return listed(each);
}

// Whole seconds: a line that comes every second, or every half minute, knows no tenths.
function elapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
