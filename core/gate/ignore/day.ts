/** The day before a day as YYYY-MM-DD (a time of day may follow): Trivy's expiry dates are the first day on which a finding counts again. */
export function dayBefore(text: string): string | 'unreadable' {
  const [day = ''] = /^\d{4}-\d{2}-\d{2}/.exec(text) ?? [];
  const time = Date.parse(`${day}T00:00:00Z`);
  // A day such as 2026-02-30 is read as one in March.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(day)) return 'unreadable';
  return new Date(time - 24 * 3_600_000).toISOString().slice(0, 10);
}
