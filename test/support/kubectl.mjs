// Stands where kubectl would: answers as answers.json of its folder says, and writes down how it was called.
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ...args] = process.argv.slice(2);
const line = args.join(' ');
const kubeconfig = /--kubeconfig=(\S+)/.exec(line)?.[1];
const isThere = kubeconfig !== undefined && existsSync(kubeconfig);
const call = {
  args,
  env: process.env,
  kubeconfig: isThere
    ? { path: kubeconfig, mode: statSync(kubeconfig).mode & 0o777, text: readFileSync(kubeconfig, 'utf8') }
    : null,
};
appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify(call)}\n`);

// The first rule that fits; of several answers each call gets the next, and the last stays.
const file = join(folder, 'answers.json');
const rules = JSON.parse(readFileSync(file, 'utf8'));
const rule = rules.find(({ to }) => new RegExp(to).test(line));
const [answer, ...rest] = rule?.answers ?? [{ code: 1, stderr: `error: no answer to ${line}` }];
if (rest.length > 0) {
  rule.answers = rest;
  writeFileSync(file, JSON.stringify(rules));
}
process.stderr.write(answer.stderr ?? '');
process.stdout.write(typeof answer.stdout === 'string' ? answer.stdout : JSON.stringify(answer.stdout ?? {}));
process.exitCode = answer.code ?? 0;
