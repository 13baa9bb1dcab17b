import { fail } from '../core/failure.ts';
import { inputsOf } from '../core/inputs.ts';
import { environmentName, type Request } from './args.ts';

const longestSecret = 64 * 1024;

/** The inputs with their secrets, from the environment or standard input; the environment keeps none for children. */
export async function withSecrets(
  request: Extract<Request, { readonly kind: 'run' }>,
  env: Record<string, string | undefined>,
  stdin: () => AsyncIterable<Buffer | string>,
): Promise<ReadonlyMap<string, string>> {
  const inputs = new Map([...request.inputs, ['command', request.command.name]]);
  for (const { name, kind } of inputsOf('cli')) {
    if (kind !== 'secret') continue;
    const value = env[environmentName(name)];
    delete env[environmentName(name)];
    if (value !== undefined) inputs.set(name, value);
  }
  if (request.stdin !== null) inputs.set(request.stdin, await readSecret(request.stdin, stdin()));
  return inputs;
}

async function readSecret(name: string, stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > longestSecret)
      throw fail('usage', `--${name}-stdin`, 'is longer than 64 KiB', 'pipe the secret alone');
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString('utf8').trim();
  if (text !== '') return text;
  throw fail('usage', `--${name}-stdin`, 'has nothing on standard input', 'pipe the secret to it');
}
