/** Milliseconds of processor time that this process takes from now on: whatever else the machine does counts for nothing. */
export function startProcessorClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
}
