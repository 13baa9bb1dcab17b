import { dump } from 'js-yaml';
import type { PolicyObject } from './controller.ts';

/** Objects as one file of YAML, with sentences as comments above them. */
export function renderPolicies(objects: readonly PolicyObject[], notes: readonly string[]): string {
  const head = notes.map((note) => `# ${note}\n`).join('');
  const documents = objects.map((one) => dump(one, { lineWidth: -1, noRefs: true }));
  return `${head}${documents.join('---\n')}`.trimEnd();
}
