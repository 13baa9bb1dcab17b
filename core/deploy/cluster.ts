import { posix, win32 } from 'node:path';
import * as v from 'valibot';
import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { chosenFrom } from '../table.ts';
import { findTool } from '../tools/find-tool.ts';
import { inToolSpace } from '../tools/tool-space.ts';
import { type AksAccess, aksKubeconfig, aksToken } from './aks.ts';
import { kubeconfigSecrets } from './kubeconfig-secrets.ts';
import { jsonOf, type Kubectl, type KubectlPlace, runKubectl } from './kubectl.ts';
import type { ClusterPlace } from './settings.ts';

/** What reaching clusters needs. */
export interface ClusterContext extends AksAccess {
  /** Path of kubectl; by its name on PATH when absent. */
  readonly kubectl?: string;
}

const kubeconfigSchema = v.looseObject({
  contexts: v.array(v.looseObject({ context: v.looseObject({ namespace: v.optional(v.string()) }) })),
  users: v.nullish(
    v.array(
      v.looseObject({
        user: v.looseObject({
          token: v.optional(v.string()),
          password: v.optional(v.string()),
          'client-key-data': v.optional(v.string()),
          exec: v.nullish(
            v.looseObject({
              args: v.nullish(v.array(v.string()), []),
              env: v.nullish(v.array(v.looseObject({ name: v.string(), value: v.optional(v.string(), '') })), []),
            }),
          ),
          'auth-provider': v.nullish(v.looseObject({ config: v.nullish(v.record(v.string(), v.string()), {}) })),
        }),
      }),
    ),
    [],
  ),
});

type Kubeconfig = v.InferOutput<typeof kubeconfigSchema>;

/** Finds kubectl and, where it is a file, the kubeconfig of a target; throws where one is not there. */
export async function checkAccess(context: ClusterContext, target: ClusterPlace): Promise<void> {
  // What Azure gives is asked for when it is needed: it may not last until then.
  if (target.cluster.kind === 'aks') await findKubectl(context);
  else await withCluster(context, target, async () => {});
}

function findKubectl({ world, kubectl }: ClusterContext): Promise<string> {
  const remedy = 'install kubectl, or name it with kubectl-path';
  return findTool(world, { name: 'kubectl', remedy, ...(kubectl === undefined ? {} : { path: kubectl }) });
}

/** Works with a target's cluster through a kubeconfig of its own, which only this user can read and which does not stay. */
export async function withCluster<T>(
  context: ClusterContext,
  target: ClusterPlace,
  work: (kubectl: Kubectl) => Promise<T>,
): Promise<T> {
  const { world } = context;
  const file = await findKubectl(context);
  return inToolSpace(world, 'base-image-refresh-kubectl', {}, async (space) => {
    const kubeconfig = space.file('kubeconfig');
    const place = { file, cwd: space.cwd, env: space.env, kubeconfig, cache: space.file('cache') };
    const found = await kubeconfigFor(context, target, place);
    for (const secret of found.users.flatMap(({ user }) => kubeconfigSecrets(user))) context.secret(secret);
    await world.files.write(kubeconfig, JSON.stringify(found), { mode: 0o600 });
    const settled = { ...place, env: { ...space.env, ...pluginEnvironment(world, target, found) } };
    return work({
      json: async (args, subject) => jsonOf(await runKubectl(world, settled, args), subject),
      namespace: found.contexts[0]?.context.namespace ?? 'default',
      hidesManagers: await hidesManagers(world, settled),
    });
  });
}

// One context with all that it needs inside, whatever files it was put together from.
async function kubeconfigFor(context: ClusterContext, target: ClusterPlace, place: KubectlPlace): Promise<Kubeconfig> {
  const { world } = context;
  const { cluster } = target;
  if (cluster.kind === 'aks') {
    const given = `${place.kubeconfig}.azure`;
    await world.files.write(given, await aksKubeconfig(context, cluster), { mode: 0o600 });
    const found = await minified(world, { ...place, kubeconfig: given }, [], target.name);
    return isForeignLogin(found) ? withToken(found, await aksToken(context, cluster)) : found;
  }
  const options = cluster.context === undefined ? [] : [`--context=${cluster.context}`];
  const source = cluster.path ?? environmentConfig(world) ?? homeConfig(world);
  if (source === undefined) throw noKubeconfig(target.name, 'no kubeconfig was found');
  // KUBECONFIG may list several files; the option takes one.
  const env = { ...place.env, KUBECONFIG: source };
  return minified(world, { ...place, env, kubeconfig: '' }, options, target.name);
}

async function minified(
  world: World,
  place: KubectlPlace,
  options: readonly string[],
  name: string,
): Promise<Kubeconfig> {
  const own = place.kubeconfig === '' ? [] : [`--kubeconfig=${place.kubeconfig}`];
  const args = [...own, 'config', 'view', '--raw', '--minify', '--flatten', '--output=json', ...options];
  const exit = await world.exec({ file: place.file, args, env: place.env, cwd: place.cwd, timeout: 30_000 });
  if (exit.kind === 'exited' && exit.code !== 0) {
    const words =
      exit.stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^error: /, '') ?? '';
    throw noKubeconfig(name, `its kubeconfig cannot be used: ${words}`);
  }
  const parsed = v.safeParse(kubeconfigSchema, jsonOf(exit, name));
  if (parsed.success) return parsed.output;
  throw noKubeconfig(name, 'its kubeconfig has no context');
}

function noKubeconfig(name: string, detail: string) {
  return fail('config', name, detail, 'give kubeconfig, and kube-context where it holds several');
}

// It may list several files; kubectl itself runs elsewhere.
function environmentConfig({ env, cwd, platform }: World): string | undefined {
  const { delimiter, resolve } = platform.os === 'win32' ? win32 : posix;
  const files = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  return files.length === 0 ? undefined : files.map((file) => resolve(cwd, file)).join(delimiter);
}

function homeConfig({ env }: World): string | undefined {
  const home = env.HOME ?? env.USERPROFILE;
  return home === undefined ? undefined : posix.join(home, '.kube', 'config');
}

// Signing in by a plugin or a browser is for people; the job has a token of its own.
function isForeignLogin({ users }: Kubeconfig): boolean {
  return (users ?? []).some(({ user }) => user.exec != null || user['auth-provider'] != null);
}

function withToken(found: Kubeconfig, token: string): Kubeconfig {
  return { ...found, users: (found.users ?? []).map((user) => ({ ...user, user: { token } })) };
}

// Credential plugins (kubelogin, aws, gke-gcloud-auth-plugin) find their logins where their own tools keep them.
const pluginVariables =
  /^(?:HOME|USERPROFILE|APPDATA|LOCALAPPDATA|AZURE_.*|AAD_.*|ARM_.*|AWS_.*|CLOUDSDK_.*|GOOGLE_.*|IDENTITY_.*|MSI_.*|KUBERNETES_EXEC_INFO)$/i;

// What the repository names may run a program, as its scanner's command does, but without a login.
function pluginEnvironment(
  { env }: World,
  { cluster }: ClusterPlace,
  { users }: Kubeconfig,
): Readonly<Record<string, string>> {
  const hasPlugin = (users ?? []).some(({ user }) => user.exec != null);
  if (!hasPlugin || (cluster.kind === 'kubeconfig' && cluster.ofRepository === true)) return {};
  return chosenFrom(env, (name) => pluginVariables.test(name));
}

async function hidesManagers(world: World, place: KubectlPlace): Promise<boolean> {
  const said = jsonOf(await runKubectl(world, place, ['version', '--client', '--output=json']), 'kubectl');
  const schema = v.looseObject({ clientVersion: v.looseObject({ minor: v.string() }) });
  const parsed = v.safeParse(schema, said);
  return !parsed.success || Number.parseInt(parsed.output.clientVersion.minor, 10) >= 21;
}
