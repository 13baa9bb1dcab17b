import { posix } from 'node:path';

// BuildKit itself looks for Dockerfile and dockerfile; Podman and Buildah for Containerfile.
const whole = /^(?:dockerfile|containerfile)$/i;
const prefixed = /^(?:dockerfile|containerfile)\.(.+)$/i;
const suffixed = /^(.+)\.(?:dockerfile|containerfile)$/i;

// What editors, version control and people leave beside a Dockerfile.
const leftovers = /(?:\.(?:dockerignore|containerignore|md|orig|rej|bak|old|swp|swo|tmp)|~)$/i;
const templates = /\.(?:j2|jinja2?|tmpl|tpl|template|erb|mustache|hbs|in|gotmpl|liquid)$/i;

/** Whether a file name says that the file is a Dockerfile. */
export function isDockerfileName(name: string): boolean {
  if (leftovers.test(name)) return false;
  return whole.test(name) || prefixed.test(name) || suffixed.test(name);
}

/** Whether the name is that of a template, from which a Dockerfile is only made: it may not parse as one. */
export function isTemplateName(name: string): boolean {
  return templates.test(name);
}

/** What users would call the image of a Dockerfile: the word in the file's name, else its folder, else the repository's. */
function imageNameOf(path: string, repository: string): string {
  const name = posix.basename(path);
  const word = prefixed.exec(name)?.[1] ?? (whole.test(name) ? undefined : suffixed.exec(name)?.[1]);
  return word ?? folderNameOf(path, repository);
}

function folderNameOf(path: string, repository: string): string {
  const folder = posix.basename(posix.dirname(path));
  if (folder !== '.' && folder !== '') return folder;
  return repository === '' ? 'image' : repository;
}

/** The short name of each path, with as many folders before it as it takes to tell one from the other. */
export function uniqueNames(paths: readonly string[], repository: string): ReadonlyMap<string, string> {
  const names = new Map(paths.map((path) => [path, imageNameOf(path, repository)]));
  const shared = repeated([...names.values()]);
  for (const [path, name] of names) if (shared.has(name)) names.set(path, withFolders(path, name));
  const taken = new Set<string>();
  for (const [path, name] of names) {
    const free = freeName(name, taken);
    taken.add(free);
    names.set(path, free);
  }
  return names;
}

function withFolders(path: string, name: string): string {
  const folders = posix
    .dirname(path)
    .split('/')
    .filter((part) => part !== '.');
  return [...(folders.at(-1) === name ? folders.slice(0, -1) : folders), name].join('-');
}

function repeated(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.has(name) || !seen.add(name)));
}

/** The name, or with a number behind it where it is taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let count = 2; ; count += 1) if (!taken.has(`${name}-${count}`)) return `${name}-${count}`;
}
