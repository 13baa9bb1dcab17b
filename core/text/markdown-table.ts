/** The head of a Markdown table. */
export function tableHead(columns: readonly string[]): string {
  return `${tableRow(columns)}${tableRow(columns.map(() => '---'))}`;
}

/** A row of a Markdown table; the cells are inert Markdown already. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}
