import { outputs } from '../../core/inputs/run.ts';
import { inputsOf } from '../../core/inputs.ts';
import { evaluated, manifestDefault, manifestHelp } from './describe.ts';
import { product } from './product.ts';

/** The text of action.yml. */
export function actionYml(): string {
  const lines = [
    '# Made by npm run generate from core/inputs.ts.',
    `name: ${product.name}`,
    `description: ${quote(product.description)}`,
    `author: ${product.author}`,
    'branding:',
    '  icon: layers',
    '  color: green',
    'inputs:',
  ];
  for (const input of inputsOf('github')) {
    const value = evaluated(input) ?? manifestDefault(input);
    lines.push(`  ${input.name}:`, `    description: ${quote(manifestHelp(input))}`, '    required: false');
    if (value !== undefined) lines.push(`    default: ${quote(value)}`);
  }
  lines.push('outputs:');
  for (const output of outputs) lines.push(`  ${output.name}:`, `    description: ${quote(output.help)}`);
  lines.push('runs:', '  using: node24', '  main: action/dist/index.cjs', '');
  return lines.join('\n');
}

// A JSON string is a YAML double-quoted scalar.
function quote(text: string): string {
  return JSON.stringify(text);
}
