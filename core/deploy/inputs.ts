import type { InputDefinition } from '../settings/input.ts';

const deploying = ['refresh', 'deploy'] as const;
const reaching = [...deploying, 'inventory'] as const;

/** Inputs that say where promoted images are rolled out; what is rolled out there stands in the configuration file. */
export const deployInputs = [
  {
    name: 'deploy-target',
    kind: 'list',
    commas: true,
    placeholder: 'NAME',
    from: 'run',
    help: 'Deploy to these targets of the configuration file only, in the order of the file; none deploys nothing.',
    commands: reaching,
  },
  {
    name: 'kubeconfig',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'Kubeconfig for targets that name no cluster; without it, KUBECONFIG or the one in the home folder.',
    commands: reaching,
  },
  {
    name: 'kube-context',
    kind: 'string',
    placeholder: 'NAME',
    from: 'run',
    help: 'Context for targets that name none; without it, the current context of the kubeconfig.',
    commands: reaching,
  },
  {
    name: 'kubernetes-connection',
    kind: 'string',
    connection: 'kubernetes',
    placeholder: 'NAME',
    from: 'run',
    help: 'Service connection of a Kubernetes cluster, by kubeconfig or service account, for targets that name no cluster.',
    commands: reaching,
    hosts: ['azure'],
  },
  {
    name: 'namespace',
    kind: 'list',
    commas: true,
    placeholder: 'NAME',
    from: 'run',
    help: 'Namespaces to list, an asterisk for all of them; without it, those of the deployment targets, or that of the context.',
    commands: ['inventory'],
  },
  {
    name: 'kubectl-path',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'Path of kubectl, if it is not on PATH.',
    commands: reaching,
  },
] as const satisfies readonly InputDefinition[];
