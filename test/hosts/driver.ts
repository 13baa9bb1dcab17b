import { writeFileSync } from 'node:fs';
import type { Annotation, Attachment, Conclusion, Host, Level } from '../../core/ports.ts';

/** One call of a host, as a test asks for it. */
export type Call =
  | { readonly call: 'log'; readonly level: Level; readonly message: string }
  | { readonly call: 'group'; readonly title: string; readonly lines: readonly string[] }
  | { readonly call: 'annotate'; readonly annotation: Annotation }
  | { readonly call: 'secret'; readonly value: string }
  | { readonly call: 'print'; readonly text: string }
  | { readonly call: 'setOutput'; readonly name: string; readonly value: string }
  | { readonly call: 'summarise'; readonly markdown: string; readonly path: string }
  | { readonly call: 'attach'; readonly files: readonly Attachment[] }
  | { readonly call: 'input'; readonly name: string }
  | { readonly call: 'conclude'; readonly conclusion: Conclusion; readonly message: string };

/** Makes the calls of the file that CALLS names on a real host, in a process of its own; answers go to ANSWERS. */
export async function drive(calls: readonly Call[], answers: string): Promise<void> {
  const kind = process.env.HOST_KIND as Host['kind'];
  const host = await createHost(kind);
  const told: Record<string, string | undefined> = {};
  for (const call of calls) await make(host, call, told);
  writeFileSync(answers, JSON.stringify({ kind: host.kind, inputs: told, env: process.env }));
}

async function createHost(kind: Host['kind']): Promise<Host> {
  switch (kind) {
    case 'cli': {
      const { createCliHost } = await import('../../cli/host.ts');
      const inputs = new Map<string, string>(Object.entries(JSON.parse(process.env.HOST_INPUTS ?? '{}')));
      return createCliHost(inputs, {
        env: process.env,
        stdout: process.stdout,
        stderr: process.stderr,
        now: () => new Date('2026-12-01T00:00:00Z'),
      });
    }
    case 'github': {
      const { createGithubHost } = await import('../../action/host.ts');
      return createGithubHost(process.env);
    }
    case 'azure': {
      const { takeSecrets } = await import('../../ado-task/secrets.ts');
      const secrets = takeSecrets(process.env);
      const { createAzureHost } = await import('../../ado-task/host.ts');
      return createAzureHost(secrets);
    }
  }
}

async function make(host: Host, call: Call, told: Record<string, string | undefined>): Promise<void> {
  switch (call.call) {
    case 'log':
      host.log(call.level, call.message);
      break;
    case 'group':
      host.group?.begin(call.title);
      for (const line of call.lines) host.log('info', line);
      host.group?.end();
      break;
    case 'annotate':
      host.annotate(call.annotation);
      break;
    case 'secret':
      host.secret(call.value);
      break;
    case 'print':
      host.print(call.text);
      break;
    case 'setOutput':
      host.setOutput(call.name, call.value);
      break;
    case 'summarise':
      await host.summarise(call.markdown, call.path);
      break;
    case 'attach':
      await host.attach(call.files);
      break;
    case 'input':
      told[call.name] = host.input(call.name);
      break;
    case 'conclude':
      host.conclude(call.conclusion, call.message);
      break;
  }
}
