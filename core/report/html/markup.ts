import { html } from '../../text/escape.ts';

/** HTML, or XML, that is safe to insert as it stands: only `markup` and `trusted` make it. */
export interface Markup {
  readonly markup: string;
}

type Value = string | number | Markup | readonly Value[] | null;

/** A template of HTML or XML in which every text that is inserted is escaped. */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let text = strings[0] ?? '';
  for (const [index, value] of values.entries()) text += inserted(value) + (strings[index + 1] ?? '');
  return { markup: text };
}

/** HTML that this program wrote itself. */
export function trusted(text: string): Markup {
  return { markup: text };
}

function inserted(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string') return html(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(inserted).join('');
}
