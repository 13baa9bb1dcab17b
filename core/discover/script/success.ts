// Programs that a script runs for what they do: where one of them fails, the job fails, or so its author reckons.
const working = new Set([
  ...[
    'cd',
    'pushd',
    'popd',
    'echo',
    'printf',
    'set',
    'mkdir',
    'cp',
    'mv',
    'rm',
    'ln',
    'chmod',
    'sleep',
    'tar',
    'unzip',
  ],
  ...['make', 'npm', 'npx', 'yarn', 'pnpm', 'mvn', 'mvnw', 'gradle', 'gradlew', 'go', 'cargo', 'pip', 'pip3', 'poetry'],
  ...[
    'bundle',
    'composer',
    'dotnet',
    'apt-get',
    'apt',
    'apk',
    'dnf',
    'yum',
    'source',
    '.',
    'export',
    'ko',
    'pack',
    'executor',
  ],
]);
const engines = /^(?:docker|podman|nerdctl|buildah|depot|img|az)$/;
const asking = /\b(?:inspect|manifest\s+(?:inspect|exists)|images|ps|info|version|exists|show|list|ls)\b/;

/** Whether a command is one that a script takes to succeed; what it asks only may as well be answered otherwise. */
export function succeeds(text: string): boolean {
  const words = text.split(/\s+/, 20).filter((word) => !/^\w+=/.test(word));
  const program = (words[0] ?? '').split('/').at(-1) ?? '';
  if (/^\w+\+?=/.test(text)) return true;
  return working.has(program) || (engines.test(program) && !asking.test(text.slice(0, 200)));
}
