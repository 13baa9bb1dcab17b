import { parseCommand } from '../../dockerfile/commands.ts';
import { type Instruction, lex } from '../../dockerfile/lex.ts';
import { DockerfileRefusal } from '../../dockerfile/refusal.ts';
import { harmless } from './rules/harmless-run.ts';

/** What in a Dockerfile keeps its image from ever being proved equal to one that is built, by what helps against it. */
export const obstacles = ['language', 'packages', 'builders', 'users', 'files', 'other'] as const;
export type Obstacle = (typeof obstacles)[number];

const packages = /(?:^|[^\w.-])(?:apt|apt-get|aptitude|apk|dnf|yum|microdnf|tdnf|zypper|rpm|dpkg|pacman|opkg)(?=\s)/;
const language =
  /(?:^|[^\w.-])(?:pip3?|pipx|uv|poetry|conda|mamba|npm|npx|yarn|pnpm|bun|corepack|gem|bundle|composer|pecl|docker-php-ext-install|cpan|cpanm|go|cargo|rustup|mvn|gradle|\.\/mvnw|\.\/gradlew|dotnet|nuget|make|cmake|ninja|gcc|g\+\+|cc|javac|python3?|node)(?=\s|$)/;
const users = /(?:^|[^\w.-])(?:useradd|groupadd|adduser|addgroup|usermod|groupmod)(?=\s)/;
const files = /^(?:mkdir|chmod|chown|ln|touch|cp|mv|rm|install)(?=\s)/;

/** Why the RUN instructions of a stage, and of those that it stands on, keep what is built of it from being rebased. */
export function runObstacles(text: string, target?: string): ReadonlySet<Obstacle> {
  const stages = stagesIn(text);
  const found = new Set<Obstacle>();
  const named = target === undefined ? -1 : indexOf(stages, target);
  for (let at = named === -1 ? stages.length - 1 : named; at >= 0; ) {
    const stage = stages[at];
    if (stage === undefined) break;
    for (const run of stage.runs) {
      const obstacle = obstacleOf(run);
      if (obstacle !== undefined) found.add(obstacle);
    }
    at = indexOf(stages.slice(0, at), stage.on);
  }
  return found;
}

// What one instruction does first decides what helps: packages are installed in order to compile.
function obstacleOf(run: Instruction): Obstacle | undefined {
  // What a here-document is called runs nothing.
  const said = run.isJson ? run.words.join(' ') : run.rest.replace(/<<-?["']?\w+["']?/g, '');
  const command = [said, ...run.heredocs.map(({ content }) => content)].join('\n');
  if (harmless(command) !== undefined) return undefined;
  if (language.test(command)) return 'language';
  if (packages.test(command)) return 'packages';
  if (users.test(command)) return 'users';
  const parts = command.split(/&&|;|\|\||\n/).map((part) => part.trim());
  return parts.every((part) => part === '' || files.test(part) || harmless(part) !== undefined) ? 'files' : 'other';
}

interface Stage {
  readonly name: string | undefined;
  readonly on: string;
  readonly runs: Instruction[];
}

function stagesIn(text: string): readonly Stage[] {
  const stages: Stage[] = [];
  try {
    for (const instruction of lex(text).instructions) {
      const command = parseCommand(instruction);
      if (command.kind === 'from') stages.push({ name: command.name, on: command.base, runs: [] });
      if (command.kind === 'run') stages.at(-1)?.runs.push(instruction);
    }
  } catch (thrown) {
    // What cannot be read is not built either, and is a finding of its own.
    if (!(thrown instanceof DockerfileRefusal)) throw thrown;
  }
  return stages;
}

function indexOf(stages: readonly Stage[], name: string): number {
  const at = stages.findLastIndex((stage) => stage.name !== undefined && stage.name === name.toLowerCase());
  return at === -1 && /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : at;
}
