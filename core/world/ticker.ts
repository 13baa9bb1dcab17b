/** The clock of those who look on at a run: what it calls keeps no process alive. */
export const ticker = {
  now: () => Date.now(),
  every: (milliseconds: number, tick: () => void): (() => void) => {
    const timer = setInterval(tick, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
};
