import { fail } from './failure.ts';

/** Counts what somebody's file costs; throws `too-large` where that passes its bound. */
export type Spend = (amount: number) => void;

/** Whether a text has more lines and items of lists than a bound: what takes it apart makes something of each. */
export function hasManyItems(text: string, most: number): boolean {
  let items = 0;
  for (let at = 0; at < text.length && items <= most; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x2c) items += 1;
  }
  return items > most;
}

/** A bound on what a file may cost: `most` of `what`, such as 200 "files", and what to do about one that costs more. */
export function createBound(subject: string, most: number, what: string, remedy: string): Spend {
  let spent = 0;
  return (amount) => {
    spent += amount;
    if (spent > most)
      throw fail('too-large', subject, `comes to more than ${most} ${what}, which is the bound`, remedy);
  };
}
