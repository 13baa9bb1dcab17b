import { isKnown, reasonIn } from '../unknown.ts';

/** The words of a command line behind its name, taken apart. */
export interface Options {
  /** Values by the name of the option, the long one where there are two. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
  /** Why it is not fully understood. */
  readonly strange?: string;
}

/** The options that a command has: what takes a value, what does not, and what short names stand for. */
export interface OptionTable {
  readonly valued: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
  readonly short: Readonly<Record<string, string>>;
}

/** Takes the words of a command line apart; an option that the table does not have makes it strange. */
export function readOptions(words: readonly string[], table: OptionTable): Options {
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  let strange: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (isRedirection(word)) {
      if (/[<>]$/.test(word)) at += 1;
      continue;
    }
    if (!word.startsWith('-') || word === '-') {
      // What is not known may be options as well.
      if (word.startsWith('\0') && at < words.length - 1 && rest.length === 0) strange ??= reasonIn(word);
      rest.push(word);
      continue;
    }
    const [, written = '', given] = /^(--?[^=]*?)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const name = table.short[written] ?? written;
    const takesValue = table.valued.has(name);
    if (!takesValue && !table.flags.has(name)) {
      strange ??= `the option ${isKnown(written) ? written : reasonIn(written)} is not known`;
      continue;
    }
    if (takesValue && given === undefined) at += 1;
    const value = given ?? (takesValue ? (words[at] ?? '') : 'true');
    const before = values.get(name);
    if (before === undefined) values.set(name, [value]);
    else before.push(value);
  }
  return { values, rest, ...(strange === undefined ? {} : { strange }) };
}

function isRedirection(word: string): boolean {
  return /^(?:\d|&)?(?:>>?|<)/.test(word);
}

function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** `docker build`, `buildx build`, `podman build`, `buildah build`, `nerdctl build` and `depot build`. */
export const buildOptions: OptionTable = {
  valued:
    names(`--file --tag --build-arg --build-context --platform --target --label --annotation --cache-from --cache-to
    --secret --ssh --network --output --progress --iidfile --metadata-file --add-host --attest --builder --memory
    --memory-swap --shm-size --ulimit --cgroup-parent --cgroupns --isolation --cpuset-cpus --cpuset-mems --cpu-period
    --cpu-quota --cpu-shares --allow --no-cache-filter --call --security-opt --project --token --format --authfile
    --creds --cert-dir --volume --jobs --manifest --arch --os --variant --device --userns --runtime --logfile
    --ignorefile --timestamp --retry --retry-delay --env --cap-add --cap-drop --dns --runtime-flag --cache-ttl
    --build-platform --registry --image --policy`),
  flags:
    names(`--push --load --no-cache --pull --quiet --rm --force-rm --debug --squash --squash-all --layers --tls-verify
    --compress --disable-content-trust --disable-compression --save --lint --sbom --provenance --no-hosts --stdin
    --inherit-labels --omit-history --all-platforms --skip-unused-stages --identity-label --no-logs --no-wait --no-push`),
  short: {
    '-f': '--file',
    '-t': '--tag',
    '-q': '--quiet',
    '-o': '--output',
    '-m': '--memory',
    '-v': '--volume',
    '-D': '--debug',
    '-c': '--cpu-shares',
    '-r': '--registry',
    '-e': '--env',
  },
};

/** `docker push` and its kin. */
export const pushOptions: OptionTable = {
  valued: names(
    '--platform --authfile --creds --cert-dir --format --digestfile --sign-by --compression-format --compression-level --retry --retry-delay --encryption-key --encrypt-layer',
  ),
  flags: names(
    '--all-tags --quiet --disable-content-trust --tls-verify --all --remove-signatures --rm --force-compression --purge --insecure',
  ),
  short: { '-a': '--all-tags', '-q': '--quiet', '-f': '--format', '-D': '--digestfile' },
};

/** `docker buildx imagetools create` and `docker manifest create`. */
export const indexOptions: OptionTable = {
  valued: names('--tag --file --annotation --builder --progress --metadata-file --platform'),
  flags: names('--dry-run --append --prefer-index --amend --insecure --all'),
  short: { '-t': '--tag', '-f': '--file', '-a': '--amend', '-p': '--purge', '-D': '--debug' },
};

/** `skopeo copy` and `crane copy`. */
export const copyOptions: OptionTable = {
  valued: names(
    `--src-creds --dest-creds --src-authfile --dest-authfile --authfile --format --sign-by --digestfile --retry-times
    --src-cert-dir --dest-cert-dir --multi-arch --platform --jobs --src-tls-verify --dest-tls-verify`,
  ),
  flags: names(
    '--all --quiet --preserve-digests --remove-signatures --insecure --no-clobber --all-tags --allow-nondistributable-artifacts',
  ),
  short: { '-a': '--all', '-q': '--quiet', '-f': '--format', '-n': '--no-clobber', '-j': '--jobs' },
};

/** The executor of kaniko. */
export const kanikoOptions: OptionTable = {
  valued:
    names(`--dockerfile --context --destination --build-arg --target --cache-repo --cache-dir --cache-ttl --custom-platform
    --context-sub-path --digest-file --image-name-with-digest-file --image-name-tag-with-digest-file --label --log-format --verbosity
    --registry-mirror --registry-certificate --snapshot-mode --snapshotMode --oci-layout-path --tar-path --git --ignore-path
    --push-retry --image-fs-extract-retry --image-download-retry --compression --compression-level --kaniko-dir`),
  flags:
    names(`--cache --cache-copy-layers --cache-run-layers --cleanup --no-push --no-push-cache --reproducible --single-snapshot --force
    --insecure --insecure-pull --skip-tls-verify --skip-tls-verify-pull --skip-unused-stages --use-new-run --ignore-var-run
    --skip-push-permission-check --compressed-caching`),
  short: { '-f': '--dockerfile', '-c': '--context', '-d': '--destination', '-v': '--verbosity' },
};
