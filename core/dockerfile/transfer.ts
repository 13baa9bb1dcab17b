import type { AddOrCopy } from './commands.ts';
import { DockerfileRefusal } from './refusal.ts';

/** Refuses an ADD or COPY whose expanded flags BuildKit refuses. */
export function validateTransfer({ kind, chmod, checksum, sources }: AddOrCopy): void {
  if (chmod !== '') validateMode(chmod);
  if (kind !== 'add' || checksum === '') return;
  const gits = sources.filter(isGit);
  if (sources.some((source) => !isHttp(source) && !isGit(source))) {
    throw invalid('checksum requires HTTP(S) or Git sources');
  }
  if (gits.length === 0) validateDigest(checksum);
}

function isHttp(source: string): boolean {
  return /^https?:\/\//.test(source);
}

function isGit(source: string): boolean {
  return /^(?:git@|git:\/\/|ssh:\/\/)/.test(source) || /^https?:\/\/[^?#]+\.git(?:[?#].*)?$/.test(source);
}

// An octal number, or the symbolic form of chmod(1).
function validateMode(text: string): void {
  if (/^[0-9]/.test(text)) {
    if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777) return;
    throw invalid(`invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`);
  }
  if (/^(?:[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+)(?:,[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+)*$/.test(text)) return;
  throw invalid(`invalid chmod parameter: '${text}'`);
}

const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

function validateDigest(text: string): void {
  const [, algorithm = '', hex = ''] = /^([a-z0-9]+):([a-f0-9]+)$/.exec(text) ?? [];
  if (digestLengths[algorithm] !== hex.length) throw invalid(`"${text}" is not a checksum that can be verified`);
}

function invalid(detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-instruction', null, detail);
}
