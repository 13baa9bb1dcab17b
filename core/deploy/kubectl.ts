import { type FailureCode, type FailureError, fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import type { Exit, World } from '../ports.ts';
import { exitFailure, exitWords } from '../text/exit-words.ts';
import { oneLine } from './pods.ts';

const patience = 60_000;

/** kubectl with the kubeconfig of one target. */
export interface Kubectl {
  /** Runs kubectl and answers the JSON that it prints. */
  json(args: readonly string[], subject: string): Promise<unknown>;
  /** Namespace of the context. */
  readonly namespace: string;
  /** Since 1.21 kubectl leaves out who wrote which field unless asked. */
  readonly hidesManagers: boolean;
}

export interface KubectlPlace {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly kubeconfig: string;
  readonly cache: string;
}

/** Runs one kubectl command; whoever calls reads how it ended. */
export function runKubectl(world: World, place: KubectlPlace, args: readonly string[]): Promise<Exit> {
  const common = [`--kubeconfig=${place.kubeconfig}`, `--cache-dir=${place.cache}`, '--request-timeout=30s'];
  return world.exec({
    file: place.file,
    args: [...common, ...args],
    env: place.env,
    cwd: place.cwd,
    timeout: patience,
  });
}

/** The JSON that kubectl printed; throws why it could not. */
export function jsonOf(exit: Exit, subject: string): unknown {
  if (exit.kind !== 'exited' || exit.code !== 0) throw kubectlFailure(exit, subject);
  try {
    return parseJson(exit.stdout);
  } catch {
    throw fail('malformed', subject, 'kubectl did not print JSON', 'check that it is the Kubernetes client');
  }
}

type Sign = readonly [RegExp, FailureCode, string | undefined];

const permission = 'let the identity get, list and patch the workloads, and list pods, in this namespace';
const signs: readonly Sign[] = [
  [/\(Forbidden\)|is forbidden:/, 'forbidden', permission],
  [/\(Unauthorized\)|must be logged in/, 'unauthorised', 'check the credentials of the kubeconfig'],
  [/\(NotFound\)/, 'not-found', 'check its name, namespace and context'],
  [/\(Conflict\)|the object has been modified/, 'moved', 'run again'],
  [/x509:|tls: |certificate/i, 'tls', 'check the certificate authority of the kubeconfig'],
  [
    /getting credentials|exec plugin|executable .* not found/,
    'unauthorised',
    'install the plugin that the kubeconfig names, and sign in',
  ],
  [
    /Unable to connect|connection to the server|was refused|no such host|i\/o timeout|TLS handshake timeout|Client\.Timeout|deadline exceeded|\bEOF\b|connection reset|broken pipe|connection lost|GOAWAY|\((?:ServerTimeout|Timeout|ServiceUnavailable|InternalError|TooManyRequests)\)|etcdserver/,
    'unreachable',
    'check the address of the cluster and the network',
  ],
];

/** Why kubectl could not do its work, in its own words. */
function kubectlFailure(exit: Exit, subject: string): FailureError {
  if (exit.kind !== 'exited') {
    const code = exit.kind === 'timed-out' ? 'deadline' : 'deploy-failed';
    const install = 'install kubectl, or name it with kubectl-path';
    return exitFailure(exit, { code, subject, step: 'kubectl', install, retryable: true });
  }
  const found = signs.find(([sign]) => sign.test(exit.stderr.trim()));
  const [, code, remedy] = found ?? [undefined, 'deploy-failed' as const, undefined];
  const words = oneLine(exit.stderr.replace(/^(?:error|Error from server(?: \(\w+\))?): ?/gim, ''), 400);
  const detail = words === '' ? `it ${exitWords(exit)}` : words;
  return fail(code, subject, `kubectl: ${detail}`, remedy, { retryable: code === 'unreachable' || code === 'moved' });
}
