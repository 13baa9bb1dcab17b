import type { Unproven } from './proof.ts';

/** Options of a scanner that leave findings out of its report, which does not show it. */
interface Narrowing {
  /** How the program is called, as a file or as an image. */
  readonly program: RegExp;
  /** Options that leave something out, whatever their value. */
  readonly options: RegExp;
  /** Those that leave out nothing where they are false. */
  readonly switches?: RegExp;
  /** Those that leave out nothing where they list all of these. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
}

const packageTypes = ['os', 'library'];
const severities = ['unknown', 'low', 'medium', 'high', 'critical'];

const tools: readonly Narrowing[] = [
  {
    program: called('trivy'),
    options:
      /^(?:-[dq]*[cs].*|--(?:config|ignore-(?:status|policy)|ignorefile|pkg-relationships|skip-(?:dirs|files)|vex))$/,
    switches: /^--ignore-unfixed$/,
    lists: { '--severity': severities, '-s': severities, '--pkg-types': packageTypes, '--vuln-type': packageTypes },
  },
  {
    program: called('grype'),
    options: /^(?:-[qv]*c.*|--(?:config|exclude|ignore-states|vex))$/,
    switches: /^--only-(?:not)?fixed$/,
  },
  {
    program: called('snyk'),
    options: /^--(?:severity-threshold|policy-path)$/,
    switches: /^--exclude-(?:(?:base-image|app)-vulns|node-modules)$/,
  },
  {
    program: called('(?:docker-)?scout'),
    options: /^--(?:only-(?:cve-id|metric|package|package-type|policy|severity|stage|vuln-packages)|vex-.*)$/,
    switches: /^--(?:only-(?:base|(?:un)?fixed|vex-affected)|ignore-(?:base|suppressed))$/,
  },
];

/**
 * What a command asks its scanner to leave out: a report without a finding does not prove then that there is none. The
 * words of a script among its arguments are looked at too.
 */
export function narrowedBy(command: readonly string[]): readonly Unproven[] {
  const words = command.flatMap((argument) => argument.split(/[\s'"]+/)).filter((word) => word !== '');
  for (const tool of tools) {
    const at = words.findIndex((word) => tool.program.test(word));
    const args = at < 0 ? [] : words.slice(at + 1);
    const option = args.find((word, index) => leavesOut(tool, word, args[index + 1]));
    if (option === undefined) continue;
    return [{ proof: 'search', detail: `${words[at]} is started with ${option}, which leaves findings out` }];
  }
  return [];
}

function leavesOut({ options, switches, lists = {} }: Narrowing, word: string, next = ''): boolean {
  const [name = '', value] = word.split(/=(.*)/s, 2);
  if (switches?.test(name)) return value === undefined || !/^(?:f|false|0)$/i.test(value);
  const all = lists[name];
  if (all === undefined) return options.test(name);
  const listed = (value ?? next).toLowerCase().split(',');
  return !all.every((one) => listed.includes(one));
}

function called(name: string): RegExp {
  return new RegExp(`(?:^|[\\\\/])${name}(?:\\.exe)?(?:[:@].*)?$`);
}
