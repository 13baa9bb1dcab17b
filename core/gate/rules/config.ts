import { dayOf } from '../../settings/domain-values.ts';
import { below, type FileNode, itemNodes, statedText } from '../../settings/file-node.ts';
import { type Key, mapping, type Shape, valueKey } from '../../settings/shape.ts';
import { choiceOf, complain, invalid, type Text } from '../../settings/value.ts';
import { given, tableOf } from '../../table.ts';
import { type GateRule, graceSince, ruleOutcomes } from '../policy.ts';
import { type RuleCondition, readCondition } from './language.ts';

const modes = ['enforce', 'dry-run'] as const;
const outcomeOf = choiceOf(ruleOutcomes);
const modeOf = choiceOf(modes);

/** The form of `rules:`. */
export const rulesShape: Shape = {
  kind: 'list',
  items: mapping({
    name: { ...text('Name of the rule in reports.'), required: true },
    when: { ...text('RuleCondition in CEL over finding, image, change and now.'), required: true },
    ...tableOf(['then'], () => ({
      ...valueKey('What it does with what fits.', { kind: { choice: ruleOutcomes }, from: 'repository' }),
      required: true as const,
    })),
    grace: text('How long it only warns: "14d since fix", "14d since published" or "14d since first seen".'),
    mode: valueKey('Whether it counts, or only reports what it would do.', {
      kind: { choice: modes },
      from: 'repository',
      default: 'enforce',
    }),
    until: text('Last day of the rule, or of its dry run, as YYYY-MM-DD (UTC).'),
    reason: text('Why there is the rule.'),
    owner: text('Who answers for the rule.'),
  }),
};

function text(help: string): Key {
  return valueKey(help, { kind: 'string', from: 'repository' });
}

const most = 100;

/** The rules of a `rules:` list; throws `config` for a condition that is not understood. */
export function readRules(list: FileNode): readonly GateRule[] {
  const items = itemNodes(list);
  const over = items[most];
  if (over !== undefined) {
    const where = `${over.file}:${over.node.line}`;
    throw complain({ where, key: list.key }, `has more than ${most} rules, which is the bound`, 'put some together');
  }
  return items.map(readRule);
}

function readRule(item: FileNode): GateRule {
  const said = (key: string) => statedText(below(item, key));
  return {
    name: said('name')?.text ?? '',
    when: conditionIn(said('when') ?? { text: '', where: item.file, key: item.key }),
    outcome: outcomeOf(said('then')) ?? 'fail',
    mode: modeOf(said('mode')) ?? 'enforce',
    ...given('grace', mapText(said('grace'), graceIn)),
    ...given('until', mapText(said('until'), dayOf)),
    ...given('reason', said('reason')?.text),
    ...given('owner', said('owner')?.text),
  };
}

function conditionIn(value: Text): RuleCondition {
  const read = readCondition(value.text);
  if (!('fault' in read)) return read;
  throw complain(value, read.fault, read.remedy ?? 'correct the condition');
}

function graceIn(value: Text): NonNullable<GateRule['grace']> {
  const [, days, word] = /^(\d{1,4})d since (fix|published|first seen)$/.exec(value.text.trim()) ?? [];
  const since = graceSince.find((known) => known === word);
  if (since !== undefined) return { days: Number(days), since };
  throw invalid(value, `write days and since when, such as "14d since fix": ${graceSince.join(', ')}`);
}

function mapText<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
