import type { Finding } from '../scan/finding.ts';
import type { PolicyException } from './policy.ts';

/** Whether an exception names a finding, by any of its ids. */
export function covers(exception: PolicyException, finding: Finding): boolean {
  if (exception.package !== undefined && exception.package !== finding.package.name) return false;
  const id = exception.id.toUpperCase();
  return [finding.id, ...finding.aliases].some((name) => name.toUpperCase() === id);
}

/** Whether an exception's last day is over, in UTC; a day that cannot be read is over. */
export function hasExpired({ expires }: PolicyException, today: Date): boolean {
  if (expires === undefined) return false;
  return !/^\d{4}-\d{2}-\d{2}$/.test(expires) || today.toISOString().slice(0, 10) > expires;
}
