import { isAbsolute, posix, resolve } from 'node:path';
import { field, parsed } from '../json.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Exit } from '../ports.ts';
import { exitFailure } from '../text/exit-words.ts';
import type { CosignSigner, Exact } from './settings.ts';
import {
  type ReadySigner,
  type SignerProgram,
  type SigningContext,
  signAttempt,
  signFailure,
  speaksPlainHttp,
} from './signer-space.ts';

/** The program. */
export const cosign: SignerProgram = {
  name: 'cosign',
  remedy: 'install cosign 2 or later, or name it with sign.path',
};

/** What is said of a digest, in the form that cosign wraps in a statement (in-toto). */
export interface Predicate {
  /** URI, or a name that cosign knows: vuln, cyclonedx. */
  readonly type: string;
  /** What it is said of: the image's digest, or that of one of its platforms. */
  readonly digest: Digest;
  readonly document: object;
  /** The document with what was attested before it, in the same run. */
  readonly withInputs?: (inputs: readonly AttestedInput[]) => object;
}

/** What was attested and may be named by what is attested after it. */
export interface AttestedInput {
  readonly type: string;
  /** The type in full. */
  readonly uri: string;
  /** Of the attestation as it is stored: a bundle, or the manifest that carries a statement. */
  readonly digest: Digest;
}

/** With whose key cosign signs: a file, a KMS, or none, by an identity token. */
export interface CosignKey {
  readonly key?: string;
  readonly transparencyLog: boolean;
}

/** What of the environment cosign needs for a key; nothing else of it is handed on. */
export function cosignVariables(key: string | undefined): readonly string[] {
  if (key === undefined) return ['ACTIONS_ID_TOKEN_REQUEST_*', 'SIGSTORE_*', 'GITHUB_ACTIONS'];
  const [scheme] = key.includes('://') ? key.split('://') : ['file'];
  switch (scheme) {
    case 'azurekms':
      return ['AZURE_*', 'IDENTITY_*', 'MSI_*', 'HOME', 'USERPROFILE'];
    case 'awskms':
      return ['AWS_*', 'HOME', 'USERPROFILE'];
    case 'gcpkms':
      return ['GOOGLE_*', 'CLOUDSDK_*', 'HOME', 'USERPROFILE'];
    case 'hashivault':
      return ['VAULT_*', 'TRANSIT_SECRET_ENGINE_PATH'];
    default:
      return ['COSIGN_*'];
  }
}

/** Signs an image and its parts by digest and attaches what is said of it; throws `sign-failed`. */
export async function cosignSign(
  context: SigningContext,
  { run, space }: ReadySigner,
  key: CosignKey,
  [image, ...others]: readonly [Exact, ...Exact[]],
  predicates: readonly Predicate[],
): Promise<void> {
  const shared = [
    '--yes',
    ...keyArguments(context, key),
    ...(key.transparencyLog ? [] : await withoutLog({ run, space })),
    ...transport(context, image),
  ];
  const name = formatReference(image);
  await must(name, run(['sign', ...shared, ...[image, ...others].map(exact)]));
  const made: AttestedInput[] = [];
  for (const [at, predicate] of predicates.entries()) {
    const file = space.file(`predicate-${at}.json`);
    await context.world.files.write(file, JSON.stringify(documentWith(predicate, made)));
    const about = withDigest(image, predicate.digest);
    const attest = (more: readonly string[]) =>
      run(['attest', ...shared, ...more, '--type', predicate.type, '--predicate', file, exact(about)]);
    const isNamed = predicates.slice(at + 1).some(({ withInputs }) => withInputs !== undefined);
    const bundle = space.file(`bundle-${at}.json`);
    const exit = await attest(isNamed ? ['--bundle', bundle] : []);
    // cosign 2 keeps what it attests to itself: nothing names it then.
    const isUnknown = isNamed && exit.kind === 'exited' && /unknown flag: --bundle/.test(exit.stderr);
    await must(name, isUnknown ? attest([]) : exit);
    if (!isNamed || isUnknown) continue;
    const digest = digestOf(await context.world.files.read(bundle));
    made.push({ type: predicate.type, uri: predicateType(predicate), digest });
  }
}

/** What is said in a predicate, with what was attested before it where it names that. */
export function documentWith({ document, withInputs }: Predicate, made: readonly AttestedInput[]): object {
  return withInputs === undefined ? document : withInputs(made);
}

/** The type of a predicate in full, where cosign has a shorter name for it. */
export function predicateType({ type }: Pick<Predicate, 'type'>): string {
  if (type === 'vuln') return 'https://cosign.sigstore.dev/attestation/vuln/v1';
  return type === 'cyclonedx' ? 'https://cyclonedx.org/bom' : type;
}

/** Whether an image carries a signature that is believed; throws `sign-failed` where that could not be found out. */
export async function cosignVerify(
  context: SigningContext,
  ready: ReadySigner,
  signer: CosignSigner,
  image: Exact,
): Promise<'signed' | 'unsigned' | 'signed-by-another'> {
  return (await verified(context, ready, believed(context, signer), image)).kind;
}

/** How many signatures of each image are by the key that signs; throws `sign-failed` where that could not be found out. */
export async function cosignCountOwn(
  context: SigningContext,
  { run, space }: ReadySigner,
  key: string,
  images: readonly Exact[],
): Promise<readonly number[]> {
  const publicKey = space.file('own.pub');
  const made = await run(['public-key', '--key', locate(context, key), '--outfile', publicKey]);
  if (made.kind !== 'exited' || made.code !== 0)
    throw exitFailure(made, signAttempt(key, cosign, 'could not read the key that is to sign'));
  // By whom it is shows without the log, which says since when.
  const by = ['--key', publicKey, '--insecure-ignore-tlog=true'];
  const counts: number[] = [];
  for (const image of images) {
    const answer = await verified(context, { run, space }, by, image);
    const believed = answer.kind === 'signed' ? parsed(answer.stdout) : [];
    if (answer.kind === 'unsigned' || !Array.isArray(believed)) {
      const detail = 'cosign does not find the signatures that stand beside it';
      throw signFailure(formatReference(image), detail, 'run again, or accept signature');
    }
    counts.push(believed.length);
  }
  return counts;
}

type Verified =
  | { readonly kind: 'signed'; readonly stdout: string }
  | { readonly kind: 'unsigned' | 'signed-by-another' };

async function verified(
  context: SigningContext,
  { run }: ReadySigner,
  by: readonly string[],
  image: Exact,
): Promise<Verified> {
  const exit = await run(['verify', ...by, ...transport(context, image), exact(image)]);
  if (exit.kind === 'exited' && exit.code === 0) return { kind: 'signed', stdout: exit.stdout };
  // cosign, cmd/cosign/errors/exit_codes.go: 10 no signature, 12 none that matches, 13 none with a certificate.
  if (exit.kind === 'exited' && exit.code === 10) return { kind: 'unsigned' };
  const words = exit.kind === 'exited' ? exit.stderr : '';
  if (
    exit.kind === 'exited' &&
    ([12, 13].includes(exit.code) || /no matching (?:signatures|attestations)/.test(words))
  ) {
    return { kind: 'signed-by-another' };
  }
  throw exitFailure(exit, signAttempt(formatReference(image), cosign, 'could not verify it'));
}

/** The statements of a type about an image, as text, that whom a rule believes has signed; throws `sign-failed` where that could not be found out. */
export async function cosignAttested(
  context: SigningContext,
  { run }: ReadySigner,
  signer: CosignSigner,
  image: Reference & { readonly digest: Digest },
  type: string,
): Promise<readonly string[]> {
  const about = ['--type', type, ...believed(context, signer), ...transport(context, image), exact(image)];
  const exit = await run(['verify-attestation', ...about]);
  if (exit.kind === 'exited' && exit.code === 0) return exit.stdout.split('\n').flatMap(statementIn);
  const words = exit.kind === 'exited' ? exit.stderr : '';
  if (/no(?:ne of the| matching| valid)? attestations|no attestations found/.test(words)) return [];
  throw exitFailure(exit, signAttempt(formatReference(image), cosign, 'could not verify its attestations'));
}

// A line is a DSSE envelope: its payload is the statement.
function statementIn(line: string): readonly string[] {
  if (line.trim() === '') return [];
  const payload = field(parsed(line), 'payload');
  return typeof payload === 'string' ? [Buffer.from(payload, 'base64').toString('utf8')] : [];
}

// The digest alone: with a tag beside it cosign warns, and signs the same.
function exact({ registry, repository, digest }: Reference & { readonly digest: Digest }): string {
  return `${registry === 'docker.io' ? 'index.docker.io' : registry}/${repository}@${digest}`;
}

function keyArguments(context: SigningContext, { key }: CosignKey): readonly string[] {
  return key === undefined ? [] : ['--key', locate(context, key)];
}

function believed(context: SigningContext, signer: CosignSigner): readonly string[] {
  switch (signer.kind) {
    case 'cosign-key':
      return ['--key', locate(context, signer.key), ...(signer.transparencyLog ? [] : ['--insecure-ignore-tlog=true'])];
    case 'cosign-identity':
      return ['--certificate-identity', signer.identity, '--certificate-oidc-issuer', signer.issuer];
  }
}

// The program runs in a folder of its own.
function locate({ config }: SigningContext, key: string): string {
  return key.includes('://') || isAbsolute(key) ? key : resolve(config.root, key);
}

function transport(context: SigningContext, image: Reference): readonly string[] {
  return speaksPlainHttp(context, image) ? ['--allow-http-registry', '--allow-insecure-registry'] : [];
}

// cosign 3 takes its services from a signing configuration, and an empty one names none; cosign 2 had an option.
async function withoutLog({ run, space }: ReadySigner): Promise<readonly string[]> {
  const file = posix.normalize(space.file('signing-config.json'));
  const made = await run(['signing-config', 'create', '--out', file]);
  return made.kind === 'exited' && made.code === 0 ? ['--signing-config', file] : ['--tlog-upload=false'];
}

async function must(name: string, running: Exit | Promise<Exit>): Promise<void> {
  const exit = await running;
  if (exit.kind === 'exited' && exit.code === 0) return;
  const remedy = 'check the key and that it may be pushed there';
  throw exitFailure(exit, { ...signAttempt(name, cosign, 'could not sign it'), remedy });
}
