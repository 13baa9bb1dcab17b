import { posix } from 'node:path';

// BuildKit itself looks for Dockerfile and dockerfile; Podman and Buildah for Containerfile. People name variants of them
// with a point, a hyphen, an underscore, or a word in capitals.
const whole = /^(?:dockerfile|containerfile)$/i;
const prefixed = /^(?:dockerfile|containerfile)[._-](.+)$/i;
const joinedOn = /^(?:Docker|Container)file([A-Z0-9][\w.-]*)$/;
const suffixed = /^(.+)\.(?:dockerfile|containerfile)$/i;

// What editors, version control and people leave beside a Dockerfile.
const leftovers = /(?:\.(?:dockerignore|containerignore|md|orig|rej|bak|old|swp|swo|tmp)|~)$/i;
// What is written in another language, and about Dockerfiles at most.
const languages =
  /[._-](?:go|rs|py|rb|js|mjs|cjs|ts|mts|cts|jsx|tsx|vue|java|kt|kts|scala|groovy|gradle|cs|fs|vb|c|h|cc|cpp|hpp|swift|php|pl|lua|sh|bash|zsh|fish|ps1|psm1|bat|cmd|json|jsonc|json5|ya?ml|toml|ini|xml|html?|css|scss|less|svg|png|csv|sql|tf|hcl|nix|adoc|rst|tex|pdf|lock|log|snap|diff|patch|vim|el|sum|mod|proto|ipynb|properties)$/i;
const templates = /\.(?:j2|jinja2?|tmpl|tpl|template|erb|mustache|hbs|in|gotmpl|liquid)$/i;

/** Whether a file name says that the file is a Dockerfile. */
export function isDockerfileName(name: string): boolean {
  if (leftovers.test(name)) return false;
  if (whole.test(name) || suffixed.test(name)) return true;
  return prefixed.test(name) || joinedOn.test(name);
}

/** Whether the name is the one that Podman and Buildah look for, or a variant of it. */
export function isContainerfileName(path: string): boolean {
  const name = posix.basename(path);
  return isDockerfileName(name) && /^containerfile|\.containerfile$/i.test(name);
}

/**
 * Whether a file that cannot be read as a Dockerfile is none by its look: a source of another language, a template, or a
 * part of a Dockerfile, without a FROM.
 */
export function isNoDockerfile(path: string, text: string, code: string): boolean {
  const name = posix.basename(path);
  if (isTemplateName(name) || languages.test(name) || /^\s*(?:\{\{|\{%|<%|FROM\b.*\{\{)/im.test(text)) return true;
  const isPart = /^(?:no-build-stage|unknown-instruction|no-instructions)$/.test(code);
  return isPart && !/^[^\S\n]*FROM[^\S\n]/im.test(text) && !whole.test(name);
}

/** Whether the name is that of a template, from which a Dockerfile is only made: it may not parse as one. */
export function isTemplateName(name: string): boolean {
  return templates.test(name);
}

/** What users would call the image of a Dockerfile: the word in the file's name, else its folder, else the repository's. */
function imageNameOf(path: string, repository: string): string {
  const name = posix.basename(path);
  const behind = prefixed.exec(name)?.[1] ?? joinedOn.exec(name)?.[1];
  const word = behind ?? (whole.test(name) ? undefined : suffixed.exec(name)?.[1]);
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
