import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asDigest } from '../../core/oci/digest.ts';
import { formatReference, type Reference, withDigest, withTag } from '../../core/oci/reference.ts';
import { compareTags, sameLine } from '../../core/update/compare-tags.ts';
import { applyUpdates } from '../../core/update/edit.ts';
import { newerTags } from '../../core/update/newer-tags.ts';
import { textOfFile, type Use, usesIn } from '../../core/update/repository.ts';
import { partsOf, textOfPart } from '../../core/update/tag-parts.ts';
import { parseTag } from '../../core/update/tag-version.ts';
import { repositoryOf } from './edit-support.ts';
import { tagLists } from './tag-lists.ts';

const path = 'Dockerfile';

const name = fc.constantFrom('node', 'acme/app', 'localhost:5000/a', 'ghcr.io/acme/tools/x', 'docker.io/library/redis');
const versions = ['1.2.3-alpine3.19', 'bookworm-slim', 'latest', 'v1.0.0', '20.1', '20'];
const version = fc.constantFrom(...versions);
const anyVersion = new RegExp(
  `:?(?:${versions.map((text) => text.replaceAll('.', '\\.')).join('|')})|@sha256:[0-9a-f]{64}`,
  'g',
);

function withoutVersions(text: string): string {
  return text.replace(anyVersion, '');
}

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const written = fc.oneof(
  name,
  fc.tuple(name, version).map((parts) => parts.join(':')),
  fc.tuple(name, version, hex).map(([image, tag, digest]) => `${image}:${tag}@sha256:${digest}`),
);
const quoted = fc.tuple(written, fc.constantFrom('', '"', "'")).map(([text, quote]) => `${quote}${text}${quote}`);
const noise = fc.constantFrom('# FROM node:20', '', 'RUN echo node:20', 'ENV V=20', 'LABEL a="node:20"');
const use = fc.oneof(
  quoted.map((text) => `FROM ${text}`),
  quoted.map((text) => `FROM  --platform=$BUILDPLATFORM   ${text}   AS stage`),
  written.map((text) => `FROM scratch\nCOPY --from=${text} /${text} /x`),
  written.map((text) => `FROM scratch\nRUN --mount=type=bind,from=${text},target=/x \\\n  # ${text}\n  true`),
  version.map((tag) => `FROM node:\${V:-${tag}}`),
  version.map((tag) => `FROM node:${tag}\${NONE}`),
);
const dockerfile = fc
  .tuple(fc.constantFrom('', '\uFEFF'), version, fc.array(fc.oneof(use, noise), { maxLength: 8 }), fc.boolean())
  .map(([mark, tag, lines, crlf]) => {
    const text = [`ARG V=${tag}`, 'FROM node:$V AS first', ...lines, ''].join('\n');
    return mark + (crlf ? text.replaceAll('\n', '\r\n') : text);
  });

describe('an edit', () => {
  it('changes references that are due and nothing else, and reads back as what was wanted', async () => {
    await fc.assert(
      fc.asyncProperty(dockerfile, version, fc.option(hex), async (text, tag, digest) => {
        const before = repositoryOf(text);
        const uses = usesIn(before, path) ?? [];
        const wanted = new Map<string, Reference>();
        // Every other reference moves.
        for (const { reference } of uses.filter((_, at) => at % 2 === 0)) {
          const target = withTag(reference, tag);
          const pin = digest === null ? undefined : asDigest(`sha256:${digest}`);
          wanted.set(formatReference(reference), pin === undefined ? target : withDigest(target, pin));
        }
        const { repository, uses: edited } = await applyUpdates(
          { before, from: before },
          wanted,
          async () => undefined,
        );
        const after = usesIn(repository, path) ?? [];
        expect(after).toHaveLength(uses.length);
        const keyOf = (one: Use) => `${one.line} ${one.via} ${formatReference(one.reference)}`;
        const refused = new Set(edited.flatMap((one) => (one.kind === 'refused' ? [keyOf(one.use)] : [])));
        for (const [at, one] of uses.entries()) {
          const target = refused.has(keyOf(one)) ? one.reference : wanted.get(formatReference(one.reference));
          expect(formatReference(after[at]?.reference ?? one.reference)).toBe(formatReference(target ?? one.reference));
        }
        const now = textOfFile(repository, path);
        expect(withoutVersions(now)).toBe(withoutVersions(text));
      }),
      { numRuns: 300 },
    );
  });
});

const anyTag = fc.oneof(
  fc.constantFrom(...Object.values(tagLists).flat()),
  fc.string({ unit: fc.constantFrom(...'abrcv0123489._-'), minLength: 1, maxLength: 30 }),
);
const rules = { policy: 'major', mayMoveSuffix: true, longTermOnly: false, preReleases: true, ignore: [] } as const;
const repository = { registry: 'docker.io', repository: 'acme/x' };

describe('tags', () => {
  it('are cut into parts that are the tag again', () => {
    fc.assert(
      fc.property(anyTag, (tag) => {
        expect(partsOf(tag).map(textOfPart).join('')).toBe(tag);
      }),
    );
  });

  it('of one line are ordered, and none is newer than itself', () => {
    fc.assert(
      fc.property(anyTag, anyTag, (a, b) => {
        const [left, right] = [parseTag(a), parseTag(b)];
        expect(compareTags(left, left)).toBe(0);
        if (!sameLine(left, right, true)) return;
        expect(Math.sign(compareTags(left, right))).toBe(-Math.sign(compareTags(right, left)) + 0);
      }),
    );
  });

  it('never move round in a circle', () => {
    const all = [...new Set(Object.values(tagLists).flat())];
    fc.assert(
      fc.property(fc.constantFrom(...all), (tag) => {
        const [next] = newerTags(repository, tag, all, rules);
        if (next === undefined) return;
        expect(newerTags(repository, next.tag, all, rules).map((newer) => newer.tag)).not.toContain(tag);
        const [from, to] = [parseTag(tag).main, parseTag(next.tag).main];
        expect(to?.kind).toBe(from?.kind);
        // Precision is kept.
        if (from?.kind === 'numbers' && to?.kind === 'numbers') expect(to.texts).toHaveLength(from.texts.length);
      }),
    );
  });
});
