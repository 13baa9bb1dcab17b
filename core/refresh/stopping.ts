import { type FailureError, fail } from '../failure.ts';
import type { World } from '../ports.ts';

type Stoppable = Pick<World, 'stop'>;

/** Whether the process was asked to stop, so that nothing new is begun. */
export function isStopping({ stop }: Stoppable): boolean {
  return stop?.signal.aborted === true;
}

/** Runs work that being asked to stop does not break off. */
export function unbroken<T>({ stop }: Stoppable, work: () => Promise<T>): Promise<T> {
  return stop === undefined ? work() : stop.unbroken(work);
}

/** Runs work that ends in good order, with its report, when the process is asked to stop. */
export function orderly<T>({ stop }: Stoppable, work: () => Promise<T>): Promise<T> {
  return stop === undefined ? work() : stop.orderly(work);
}

/** What keeps an image from being refreshed once the process was asked to stop. */
export function stoppedBefore(name: string, step: string): FailureError {
  return fail('stopped', name, `the run was asked to stop before it was ${step}`, 'run again', { retryable: true });
}
