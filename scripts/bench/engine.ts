import { startDockerd } from '../../test/e2e/setup/dockerd.ts';
import { findPeer } from './parts.ts';

/** A Docker engine with buildx of its own, or why there is none. */
export type BenchEngine =
  | {
      readonly kind: 'present';
      readonly version: string;
      readonly docker: string;
      readonly env: Readonly<Record<string, string>>;
      stop(): Promise<void>;
    }
  | { readonly kind: 'absent'; readonly why: string };

/** Starts the provisioned engine where this machine can. */
export async function startEngine(): Promise<BenchEngine> {
  const peer = findPeer('dockerd', 'docker');
  if (peer.kind === 'absent') return peer;
  try {
    const { env, stop } = await startDockerd();
    return { kind: 'present', version: peer.version, docker: peer.path, env, stop };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { kind: 'absent', why: `no engine: ${words.split('\n')[0]}` };
  }
}
