import { describeFact } from '../hardening/breaches.ts';
import type { Hardening } from '../scan/hardening-facts.ts';

const mebibyte = 1024 * 1024;

/** What an image itself says, a sentence each: facts, size, and what is slimmer. */
export function hardeningWords({ facts, sizes, slimmer }: Hardening): readonly string[] {
  const all = sizes.length;
  const where = (platforms: readonly string[]) => (platforms.length === all ? '' : `, on ${platforms.join(' and ')}`);
  const size = sizes.map(({ platform, bytes, layers }) => {
    const amount = `${(bytes / mebibyte).toFixed(1)} MiB in ${layers} ${layers === 1 ? 'layer' : 'layers'}`;
    return all === 1 ? amount : `${platform} ${amount}`;
  });
  return [
    ...facts.map((fact) => `It ${describeFact(fact)}${where(fact.platforms)}.`),
    ...(size.length === 0 ? [] : [`It is ${size.join(', ')}, compressed.`]),
    ...(slimmer.length === 0 ? [] : [`There are slimmer bases: ${slimmer.join(', ')}.`]),
  ];
}
