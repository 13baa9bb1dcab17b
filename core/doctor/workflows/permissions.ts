import type { YamlNode } from '../../settings/yaml.ts';
import { childOf, elementsOf, entriesOf, scalarOf } from '../../settings/yaml-node.ts';
import { listed } from '../../text/words.ts';
import { type DoctorFinding, findingAt, note, ok, problem, warning } from '../check.ts';
import { commandOf, givenTo, proposes, pushes, type RunStep, type StepSurroundings, signs } from './step.ts';

type Level = 'read' | 'write';

/** What a job's token needs for a step, and why. */
export interface Need {
  readonly permission: string;
  readonly level: Level;
  readonly why: string;
}

/** The permissions that a step's command and inputs need of GitHub's job token. */
export function neededPermissions(step: RunStep, around: StepSurroundings): readonly Need[] {
  const opensRequests = proposes(step) && usesJobToken(givenTo(step, 'repository-token'));
  const tokens = ['registry-password', 'github-token'].map((name) => givenTo(step, name));
  const asksRegistries = onRegistries.includes(commandOf(step) ?? '');
  // The jobs of the reusable workflow ask for it, whatever the images are.
  const opensGhcr =
    step.within === 'call' ||
    (asksRegistries && (around.publishesToGhcr || namesGhcr(step)) && tokens.every(usesJobToken));
  const keyless = givenTo(step, 'sign') === 'cosign' ? givenTo(step, 'sign-key') === undefined : around.signsKeyless;
  const uploads =
    step.within === 'call' ||
    elementsOf(childOf(step.job, 'steps')).some((node) =>
      /^github\/codeql-action\/upload-sarif@/.test(scalarOf(childOf(node, 'uses')) ?? ''),
    );
  const need = (permission: string, level: Level, why: string): Need => ({ permission, level, why });
  return [
    opensRequests
      ? need('contents', 'write', 'branches of updates are pushed')
      : need('contents', 'read', 'the repository is checked out'),
    ...(opensRequests ? [need('pull-requests', 'write', 'updates are proposed')] : []),
    ...(asksFor(step, 'issues') ? [need('issues', 'write', 'issues are kept')] : []),
    ...(asksFor(step, 'comment') ? [need('pull-requests', 'write', 'pull requests are commented on')] : []),
    ...(opensGhcr ? [need('packages', pushes(step) ? 'write' : 'read', 'images are on ghcr.io')] : []),
    ...(signs(step) && keyless ? [need('id-token', 'write', 'images are signed without a key')] : []),
    ...(givenTo(step, 'azure-client-id') === undefined ? [] : [need('id-token', 'write', 'Azure is opened by OIDC')]),
    ...(uploads ? [need('security-events', 'write', 'SARIF is uploaded')] : []),
  ];
}

function asksFor(step: RunStep, what: 'issues' | 'comment'): boolean {
  return givenTo(step, what) === 'true' && usesJobToken(givenTo(step, 'repository-token'));
}

function namesGhcr({ given }: RunStep): boolean {
  return given.some(({ text }) => /(?:^|[\s=/,])ghcr\.io(?:\/|$|[\s=])/i.test(text));
}

const onRegistries = ['check', 'plan', 'refresh', 'scan', 'update', 'rebase', 'rollback', 'deploy', 'prune', 'doctor'];

// A registry that nothing names may be ghcr.io.
function mayOpenMore(step: RunStep, needs: readonly Need[], { knowsPlaces }: StepSurroundings): boolean {
  const isNamed = knowsPlaces || givenTo(step, 'image') !== undefined;
  return (
    !isNamed &&
    !needs.some(({ permission }) => permission === 'packages') &&
    onRegistries.includes(commandOf(step) ?? '')
  );
}

function usesJobToken(token: string | undefined): boolean {
  return token === undefined || /\bgithub\.token\b|\bsecrets\.GITHUB_TOKEN\b/i.test(token);
}

/** Whether the job's token may do what a step needs, as far as the file says. */
export function permissionFindings(step: RunStep, around: StepSurroundings): readonly DoctorFinding[] {
  // A script has the job's token only where it is handed over.
  if (step.how.kind !== 'action') return [];
  const subject = `${step.place.path}:${step.place.line}`;
  const stated = childOf(step.job, 'permissions') ?? childOf(step.root, 'permissions');
  if (commandOf(step) === undefined) {
    return [note(subject, 'which command it runs is not known from this file, so its permissions cannot be checked')];
  }
  const needs = neededPermissions(step, around);
  if (stated === undefined) {
    const detail = "no permissions are set, so the repository's default applies, which is not known from this file";
    return [findingAt(step.place, warning(subject, detail, `set ${words(needs)}`))];
  }
  if (scalarOf(stated) === 'write-all') {
    return [findingAt(step.place, warning(subject, 'the token has all permissions', `grant only ${words(needs)}`))];
  }
  const missing = needs.filter((need) => !allows(stated, need));
  if (missing.length === 0 && mayOpenMore(step, needs, around)) {
    return [
      note(subject, 'whether the token needs packages is not known, because nothing says where images are published'),
    ];
  }
  if (missing.length === 0) return [ok(subject, 'the token has the permissions it needs')];
  const why = listed(missing.map((need) => need.why));
  return [
    findingAt(step.place, problem(subject, `the token lacks ${words(missing)} (${why})`, 'add it to permissions')),
  ];
}

// What a mapping does not name is denied (GitHub, workflow syntax: permissions).
function allows(stated: YamlNode, { permission, level }: Need): boolean {
  if (scalarOf(stated) === 'read-all') return level === 'read' && permission !== 'id-token';
  const own = scalarOf(entriesOf(stated).find(({ key }) => key === permission)?.value);
  return own === 'write' || (level === 'read' && own === 'read');
}

function words(needs: readonly Need[]): string {
  return listed([...new Set(needs.map(({ permission, level }) => `${permission}: ${level}`))]);
}
