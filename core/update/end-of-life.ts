import type { Reference } from '../oci/reference.ts';
import type { TagPart } from './tag-parts.ts';
import { parseTag } from './tag-version.ts';

/** A product that an image is of, whose makers have ended it or a version of it. */
export interface EndedProduct {
  /** Such as `Node.js 16`. */
  readonly product: string;
  /** The last day of support, such as `2023-09-11`. */
  readonly ends: string;
  /** The day on which the table of dates was written down; absent where the user gives the date. */
  readonly tableOf?: string;
}

/** The day on which the dates below were written down; nothing compares them with the projects' announcements. */
const tableOf = '2026-12-01';

interface Product {
  readonly name: string;
  readonly isIn: (reference: Reference) => boolean;
  readonly ends: Readonly<Record<string, string>>;
}

// Official images by their path, wherever they are mirrored.
const official =
  (name: string) =>
  ({ repository }: Reference): boolean =>
    repository === `library/${name}` || repository.endsWith(`/library/${name}`);

const debian: Readonly<Record<string, string>> = {
  '8': '2020-06-30',
  '9': '2022-06-30',
  '10': '2024-06-30',
  '11': '2026-08-31',
  '12': '2028-06-30',
  '13': '2030-06-30',
};
const ubuntu: Readonly<Record<string, string>> = {
  '16.04': '2021-04-30',
  '18.04': '2023-05-31',
  '20.04': '2025-05-31',
  '21.10': '2022-07-14',
  '22.10': '2023-07-20',
  '23.04': '2024-01-25',
  '23.10': '2024-07-11',
  '24.10': '2025-07-10',
  '25.04': '2026-01-15',
};
const alpine: Readonly<Record<string, string>> = {
  '3.14': '2023-05-01',
  '3.15': '2023-11-01',
  '3.16': '2024-05-23',
  '3.17': '2024-11-22',
  '3.18': '2025-05-09',
  '3.19': '2025-11-01',
  '3.20': '2026-04-01',
  '3.21': '2026-11-01',
  '3.22': '2027-05-01',
};

const products: readonly Product[] = [
  { name: 'Debian', isIn: official('debian'), ends: debian },
  { name: 'Ubuntu', isIn: official('ubuntu'), ends: ubuntu },
  { name: 'Alpine Linux', isIn: official('alpine'), ends: alpine },
  {
    name: 'Node.js',
    isIn: official('node'),
    ends: {
      '10': '2021-04-30',
      '12': '2022-04-30',
      '14': '2023-04-30',
      '16': '2023-09-11',
      '18': '2025-04-30',
      '19': '2023-06-01',
      '20': '2026-04-30',
      '21': '2024-06-01',
      '22': '2027-04-30',
      '23': '2025-06-01',
      '24': '2028-04-30',
    },
  },
  {
    name: 'Python',
    isIn: official('python'),
    ends: {
      '2.7': '2020-01-01',
      '3.6': '2021-12-23',
      '3.7': '2023-06-27',
      '3.8': '2024-10-07',
      '3.9': '2025-10-31',
      '3.10': '2026-10-31',
      '3.11': '2027-10-31',
      '3.12': '2028-10-31',
      '3.13': '2029-10-31',
    },
  },
  {
    name: 'PostgreSQL',
    isIn: official('postgres'),
    ends: {
      '9.6': '2021-11-11',
      '10': '2022-11-10',
      '11': '2023-11-09',
      '12': '2024-11-21',
      '13': '2025-11-13',
      '14': '2026-11-12',
      '15': '2027-11-11',
      '16': '2028-11-09',
      '17': '2029-11-08',
    },
  },
  {
    name: 'PHP',
    isIn: official('php'),
    ends: { '7.4': '2022-11-28', '8.0': '2023-11-26', '8.1': '2025-12-31', '8.2': '2026-12-31', '8.3': '2027-12-31' },
  },
  {
    name: '.NET',
    isIn: ({ registry, repository }) => registry === 'mcr.microsoft.com' && /^dotnet\//.test(repository),
    ends: {
      '3.1': '2022-12-13',
      '5.0': '2022-05-10',
      '6.0': '2024-11-12',
      '7.0': '2024-05-14',
      '8.0': '2026-11-10',
      '9.0': '2026-11-10',
    },
  },
  {
    name: 'Go',
    isIn: official('golang'),
    ends: { '1.20': '2024-02-06', '1.21': '2024-08-13', '1.22': '2025-02-11', '1.23': '2025-08-12' },
  },
  {
    name: 'Ruby',
    isIn: official('ruby'),
    ends: { '2.7': '2023-03-31', '3.0': '2024-04-23', '3.1': '2025-03-26', '3.2': '2026-03-31' },
  },
  { name: 'MySQL', isIn: official('mysql'), ends: { '5.7': '2023-10-31', '8.0': '2026-04-30' } },
  {
    name: 'MongoDB',
    isIn: official('mongo'),
    ends: { '4.4': '2024-02-29', '5.0': '2024-10-31', '6.0': '2025-07-31' },
  },
  { name: 'CentOS Linux', isIn: official('centos'), ends: { '6': '2020-11-30', '7': '2024-06-30', '8': '2021-12-31' } },
];

/** What of an image is past its end of life on a day: what it is of, and the distribution that its tag names. */
export function endOfLifeOf(
  reference: Reference,
  { endOfLife }: { readonly endOfLife?: string },
  now: Date,
): readonly EndedProduct[] {
  const today = now.toISOString().slice(0, 10);
  if (endOfLife !== undefined) {
    return endOfLife <= today ? [{ product: reference.repository, ends: endOfLife }] : [];
  }
  const { main, tail } = parseTag(reference.tag ?? '');
  const product = products.find(({ isIn }) => isIn(reference));
  const own = product === undefined ? undefined : endIn(product.name, product.ends, main);
  const below = tail.map((part, at) => distributionEnd(part, tail[at - 1]));
  const named = main?.kind === 'codename' ? distributionEnd(main, undefined) : undefined;
  const found = [own ?? named, ...below].flatMap((one) => one ?? []);
  return found.filter(({ ends }) => ends <= today);
}

// -bookworm, -jammy, -alpine3.18: what is said there is a distribution, whoever publishes the image.
function distributionEnd(part: TagPart, before: TagPart | undefined): EndedProduct | undefined {
  if (part.kind === 'codename') {
    if (part.codename.family === 'debian') return endIn('Debian', debian, part);
    return part.codename.family === 'ubuntu' ? endIn('Ubuntu', ubuntu, part) : undefined;
  }
  const lead = before?.kind === 'text' ? before.text : '';
  if (/(?:^|-)alpine-?$/.test(lead)) return endIn('Alpine Linux', alpine, part);
  return /(?:^|-)ubuntu-?$/.test(lead) ? endIn('Ubuntu', ubuntu, part) : undefined;
}

function endIn(
  name: string,
  table: Readonly<Record<string, string>>,
  part: TagPart | undefined,
): EndedProduct | undefined {
  const [major = '', minor = ''] = textsOf(part);
  const cycle = [`${major}.${minor}`, major].find((one) => Object.hasOwn(table, one));
  const ends = cycle === undefined ? undefined : table[cycle];
  return ends === undefined ? undefined : { product: `${name} ${cycle}`, ends, tableOf };
}

function textsOf(part: TagPart | undefined): readonly string[] {
  if (part === undefined || part.kind === 'text') return [];
  if (part.kind === 'numbers') return part.texts;
  const [major = 0, minor] = part.codename.version;
  return minor === undefined ? [`${major}`] : [`${major}`, `${minor}`.padStart(2, '0')];
}
