/** How long ago, in its largest unit: `3 days ago`. */
export function ago(milliseconds: number): string {
  return `${span(milliseconds)} ago`;
}

/** How long a time is, in its largest unit: `3 days`. */
export function span(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return several(minutes, 'minute');
  if (minutes < 48 * 60) return several(Math.floor(minutes / 60), 'hour');
  return several(Math.floor(minutes / (24 * 60)), 'day');
}

/** A time to the minute: `2026-03-01 12:40 UTC`; text that is no such time as it stands. */
export function minute(iso: string): string {
  return iso.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):[\d.]+Z$/, '$1 $2 UTC');
}

function several(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const day = 24 * 3_600_000;

/** The time some days after another. */
export function daysAfter(start: Date, days: number): Date {
  return new Date(start.getTime() + days * day);
}
