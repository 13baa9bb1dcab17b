import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';

/** Checks ado-task/task.json against what an Azure agent and the task catalogue accept. */
export function taskDefinition(root) {
  const schema = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'task.schema.json'), 'utf8'));
  const task = JSON.parse(readFileSync(join(root, 'ado-task/task.json'), 'utf8'));
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  if (!validate(task))
    return validate.errors.map((error) => `task.json${error.instancePath}: ${error.message}`).join('\n');
  return crossReferences(task) ?? builtTargets(root, task);
}

function crossReferences(task) {
  const names = task.inputs.map((input) => input.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `task.json: the input ${twice} is there twice`;
  const groups = new Set((task.groups ?? []).map((group) => group.name));
  const astray = task.inputs.find((input) => input.groupName !== undefined && !groups.has(input.groupName));
  if (astray !== undefined) return `task.json: ${astray.name} names the group ${astray.groupName}, which is not there`;
  const rule = task.inputs.find((input) => {
    const subject = /^\s*(\w+)/.exec(input.visibleRule ?? '')?.[1];
    return subject !== undefined && !names.includes(subject);
  });
  return rule === undefined ? null : `task.json: ${rule.name} is shown by a rule about an input that is not there`;
}

/** Every handler must name a file that the build makes. */
function builtTargets(root, task) {
  const targets = Object.values(task.execution).map((handler) => handler.target);
  const gone = targets.find((target) => !existsSync(join(root, 'ado-task', target)));
  return gone === undefined ? null : `task.json: the handler's target ${gone} is not built`;
}
