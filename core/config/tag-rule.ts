import { validRange } from 'semver';
import { orderOf, type Placeholder, placeholdersOf, type TagRule, type TagTemplate } from '../discover/tag-rule.ts';
import type { TagName } from '../oci/reference.ts';
import { referenceOf, tagNameOf } from '../settings/domain-values.ts';
import { below, type FileNode, statedText, statedTexts } from '../settings/file-node.ts';
import { type Key, mapping } from '../settings/shape.ts';
import { complain, invalid, type Text } from '../settings/value.ts';

const value = (help: string): Key => ({
  help,
  shape: { kind: 'value', input: { kind: 'string', from: 'repository' } },
});
const list = (help: string): Key => ({ help, shape: { kind: 'value', input: { kind: 'list', from: 'repository' } } });

/** The key of the rule that says which of many tags is the published image. */
export const tagRuleKey: Key = {
  help: 'Which tag of its repository is the published image, where each release has a tag of its own.',
  shape: mapping({
    semver: value('Range of {version} within which the highest is taken, such as "1.x".'),
    pattern: list(
      'Patterns of the tags, with {version}, {number}, {date} and {time}, by which the highest is taken, and {digest} and *, which say nothing.',
    ),
    newest: list('Patterns of tags of which the image that was created last is taken, such as main-*.'),
  }),
};

/** The tags of an entry: names that move, and the rule with its templates where it has one. */
export interface StatedTags {
  readonly tags: readonly TagName[];
  readonly tagRule?: TagRule;
}

/** Reads the tags and the tag rule of an entry of `images:`; throws `config` where they cannot go together. */
export function readTags(item: FileNode): StatedTags {
  const stated = statedTexts(below(item, 'tags'));
  const rule = below(item, 'tag-rule');
  if (rule === undefined) {
    const [template] = stated.filter(isTemplate);
    if (template !== undefined)
      throw complain(template, 'holds a placeholder', 'add tag-rule, which says which tag is published');
    return { tags: stated.map(tagNameOf) };
  }
  const templates = stated.filter(isTemplate).map((text) => ({ text, ...templateOf(text) }));
  const tags = stated.filter((text) => !isTemplate(text)).map(tagNameOf);
  const [plain] = stated;
  if (templates.length === 0 && plain !== undefined)
    throw complain(
      plain,
      'stands beside tag-rule, which would not find what is promoted',
      'add a tag such as "{version}-{date}", or leave tags out, and the chosen tag moves',
    );
  demandImage(item, rule);
  return { tags, tagRule: readRule(rule, templates) };
}

function isTemplate({ text }: Text): boolean {
  return /[{}]/.test(text);
}

// What the tag of the image would say is what the rule says.
function demandImage(item: FileNode, rule: FileNode): void {
  const image = statedText(below(item, 'image'));
  if (image === undefined) throw complain(placeOf(rule), 'has no image', 'give the repository as image of the entry');
  const { digest } = referenceOf(image);
  if (digest !== undefined || /:[^/]*$/.test(image.text))
    throw complain(image, 'names one tag beside tag-rule', 'give the repository alone');
}

function placeOf({ file, key, node }: FileNode): Text {
  return { text: '', where: `${file}:${node.line}`, key };
}

type Template = TagTemplate & { readonly text: Text };

function readRule(rule: FileNode, templates: readonly Template[]): TagRule {
  const semver = statedText(below(rule, 'semver'));
  const patterns = statedTexts(below(rule, 'pattern'));
  const newest = statedTexts(below(rule, 'newest'));
  const byCreation = newest.length > 0;
  if (byCreation && (semver !== undefined || patterns.length > 0))
    throw complain(placeOf(rule), 'says newest beside semver or pattern', 'keep one of them');
  const stated = byCreation ? newest : patterns;
  if (stated.length === 0 && semver === undefined)
    throw complain(placeOf(rule), 'says nothing', 'give semver, pattern or newest');
  for (const text of stated) demandPattern(text);
  const own = templates.filter(({ repository }) => repository === undefined);
  if (templates.length > 0 && own.length === 0)
    throw complain(
      templates[0]?.text ?? placeOf(rule),
      'is of another repository alone',
      'add one of the repository of the image, which the rule finds',
    );
  const all = [
    ...(stated.length > 0 ? stated.map(({ text }) => text) : ['{version}']),
    ...own.map(({ pattern }) => pattern),
  ];
  if (!byCreation) demandOrder(rule, all, own);
  if (semver !== undefined && !all.every((pattern) => orderOf(pattern).includes('version')))
    throw complain(semver, 'is of {version}, which a pattern lacks', 'give {version} in each pattern');
  return {
    patterns: [...new Set(all)],
    byCreation,
    templates: templates.map(({ text: _, ...template }) => template),
    ...(semver === undefined ? {} : { range: rangeOf(semver) }),
  };
}

function rangeOf(text: Text): string {
  if (validRange(text.text) !== null) return text.text;
  throw invalid(text, 'give a range such as "1.x", "^3.19" or ">=1.2 <2"');
}

// Read from left to right, the patterns of one rule say the same of a tag, and one may say more.
function demandOrder(rule: FileNode, patterns: readonly string[], own: readonly Template[]): void {
  const orders = patterns.map(orderOf);
  const longest = orders.reduce((a, b) => (b.length > a.length ? b : a), []);
  const odd = orders.find((order) => order.some((name, at) => name !== longest[at]));
  if (odd !== undefined || longest.length === 0) {
    const detail = `orders tags by ${(odd ?? []).join(', ') || 'nothing'} and by ${longest.join(', ') || 'nothing'}`;
    throw complain(placeOf(rule), detail, 'give patterns whose placeholders are the same from left to right');
  }
  const changing: readonly Placeholder[] = ['number', 'date', 'time'];
  const fixed = own.find(({ pattern }) => !orderOf(pattern).some((name) => changing.includes(name)));
  if (fixed !== undefined)
    throw complain(fixed.text, 'says nothing by which the next one is the newer', 'add {date} or {number}');
}

const longestPattern = 100;

/** Throws `config` for what is no pattern of a tag. */
function demandPattern(text: Text): void {
  const names = placeholdersOf(text.text);
  const bare = text.text.replace(/\{[a-z]+\}/g, 'x');
  const isTag = /^[\w*][\w.*-]*$/.test(bare) && text.text.length <= longestPattern;
  // Between the two it would not be known where the one ends.
  const isClear = !/\*\*|\*[^*]*\*|\*\{|\}\*/.test(text.text);
  if (names === undefined || !isTag || !isClear)
    throw invalid(
      text,
      'give a tag with {version}, {number}, {date}, {time} or {digest}, and one * at most, beside none of them',
    );
  if (/\{(?:version|number)\}\{(?:version|number)\}/.test(text.text))
    throw invalid(text, 'give something between two placeholders that have any length');
  if (new Set(names).size === names.length || !names.includes('version')) return;
  throw invalid(text, 'give each placeholder once');
}

function templateOf(text: Text): TagTemplate {
  const cut = text.text.lastIndexOf(':');
  const pattern = text.text.slice(cut + 1);
  demandPattern({ ...text, text: pattern });
  if (pattern.includes('*')) throw invalid(text, 'give a tag without *');
  const names = placeholdersOf(pattern) ?? [];
  if (new Set(names).size < names.length) throw invalid(text, 'give each placeholder once');
  if (cut < 0) return { pattern };
  const { registry, repository } = referenceOf({ ...text, text: text.text.slice(0, cut) });
  return { pattern, repository: { registry, repository } };
}
