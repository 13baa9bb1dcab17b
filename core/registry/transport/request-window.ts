/** How many requests may be under way to one host: few at first, more while it answers well, half as many when it does not. */
export interface RequestWindow {
  size(): number;
  /** It answered after so many milliseconds, where that says something of it, with others waiting for their turn or not. */
  answered(milliseconds: number | undefined, isAwaited: boolean): void;
  /** It asked for fewer requests (429, 503). */
  refused(): void;
}

const initial = 16;
const fewest = 4;
/** The part of an answer's time that a new one counts for. */
const newest = 0.1;
/** Times the quickest average from which on answers count as slow; by less than `slack` milliseconds, none is. */
const slowness = 3;
const slack = 200;
/** The part by which the quickest average comes nearer to what answers take, with each of them: what was once quick need not come back. */
const forgotten = 1 / 1000;

/** The window of one host, of at most so many requests (additive increase, multiplicative decrease; RFC 5681 in spirit). */
export function createRequestWindow(most: number): RequestWindow {
  let size = Math.min(initial, most);
  let hasBackedOff = false;
  let average: number | undefined;
  let quickest = Number.POSITIVE_INFINITY;
  // Answers to requests that were sent before the last step back say nothing of it.
  let unheard = 0;
  const isSlow = (milliseconds: number) => {
    average = average === undefined ? milliseconds : average + newest * (milliseconds - average);
    const slow = average > quickest * slowness && average > quickest + slack;
    quickest = average < quickest ? average : quickest + forgotten * (average - quickest);
    return slow;
  };
  const stepBack = () => {
    if (unheard > 0) return;
    size = Math.max(Math.min(fewest, most), size / 2);
    hasBackedOff = true;
    unheard = Math.floor(size);
    average = undefined;
  };
  return {
    size: () => Math.floor(size),
    answered: (milliseconds, isAwaited) => {
      unheard = Math.max(0, unheard - 1);
      if (milliseconds !== undefined && isSlow(milliseconds)) stepBack();
      else if (isAwaited) size = Math.min(most, size + (hasBackedOff ? 1 / size : 1 / 4));
    },
    refused: stepBack,
  };
}
