import { endsIn, isKnown, notKnown, sameText, startsIn } from './unknown.ts';
import { type Expression, parseExpression } from './workflow/syntax.ts';

type Names = ReadonlyMap<string, string>;
type Truth = boolean | undefined;

const mostBranches = 50;

/**
 * Whether a condition of an Azure pipeline holds in a run that is for no pull request: true where it does for a branch or
 * tag that it names, undefined where only a run knows.
 */
export function pipelineCondition(text: string, names: Names): Truth {
  const expression = parseExpression(text);
  if (expression === undefined) return undefined;
  const named = [...text.matchAll(/'(refs\/(?:heads|tags)\/)([^']*)'/gi)].slice(0, mostBranches);
  const plain = [...text.matchAll(/Build\.SourceBranchName'?\]?\s*,\s*'([^']*)'/gi)].slice(0, mostBranches);
  const branches = [
    ...named.map(([, kind = '', name = '']) => kind + (name === '' ? notKnown('a branch or tag') : name)),
    ...plain.map(([, name = '']) => `refs/heads/${name}`),
    `refs/heads/${notKnown('the branch')}`,
  ];
  const truths = branches.map((branch) => truthIn(expression, { names, branch }));
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false;
}

interface PipelineRun {
  readonly names: Names;
  readonly branch: string;
}

function truthIn(expression: Expression, run: PipelineRun): Truth {
  if (expression.kind !== 'call') {
    const value = valueIn(expression, run);
    return isKnown(value) ? !/^(?:false|)$/i.test(value) : undefined;
  }
  const given = expression.arguments;
  const all = () => given.map((one) => truthIn(one, run));
  const [a = '', b = '', ...more] = /^(?:and|or|not|xor)$/.test(expression.name)
    ? []
    : given.map((one) => lowered(one, run));
  switch (expression.name) {
    case 'and':
      return all().includes(false) ? false : all().includes(undefined) ? undefined : true;
    case 'or':
      return all().includes(true) ? true : all().includes(undefined) ? undefined : false;
    case 'not':
      return opposite(all()[0]);
    case 'succeeded':
    case 'always':
    case 'succeededorfailed':
      return true;
    case 'failed':
    case 'canceled':
      return false;
    case 'eq':
      return sameIn(a, b);
    case 'ne':
      return opposite(sameIn(a, b));
    case 'startswith':
      return isKnown(b) ? startsIn(a, b) : undefined;
    case 'endswith':
      return isKnown(b) ? endsIn(a, b) : undefined;
    case 'contains':
      return isKnown(a) && isKnown(b) ? a.includes(b) : undefined;
    case 'in':
      return among(a, [b, ...more]);
    case 'notin':
      return opposite(among(a, [b, ...more]));
    default:
      return undefined;
  }
}

function opposite(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

function among(text: string, texts: readonly string[]): Truth {
  const same = texts.map((one) => sameIn(text, one));
  return same.includes(true) ? true : same.includes(undefined) ? undefined : false;
}

const reason = notKnown('why a run starts');

// A run for a pull request publishes nothing, so that none of those that are followed is one.
function sameIn(a: string, b: string): Truth {
  if ((a === lowered(undefined) && b === 'pullrequest') || (b === lowered(undefined) && a === 'pullrequest'))
    return false;
  return sameText(a, b);
}

function lowered(expression: Expression | undefined, run?: PipelineRun): string {
  return expression === undefined || run === undefined ? reason.toLowerCase() : valueIn(expression, run).toLowerCase();
}

function valueIn(expression: Expression, { names, branch }: PipelineRun): string {
  if (expression.kind === 'value') return String(expression.value ?? '');
  const isNamed = expression.kind === 'index' && expression.of.kind === 'name' && expression.key.kind === 'value';
  if (!isNamed) return notKnown('what is not understood');
  const kind = expression.of.kind === 'name' ? expression.of.name : '';
  const name = expression.key.kind === 'value' ? String(expression.key.value) : '';
  if (kind === 'variables' && /^Build\.Reason$/i.test(name)) return reason;
  if (kind === 'variables' && /^Build\.SourceBranch$/i.test(name)) return branch;
  if (kind === 'variables' && /^Build\.SourceBranchName$/i.test(name)) return branch.slice(branch.lastIndexOf('/') + 1);
  const value = names.get(`${kind}.${name}`);
  return value === undefined || /\$\(|\$\{|\$\[/.test(value)
    ? notKnown(`${kind}.${name}, which only a run knows`)
    : value;
}
