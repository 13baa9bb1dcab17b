import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReadOptions, readDockerfile } from '../../core/dockerfile/read.ts';
import { FailureError } from '../../core/failure.ts';
import { familiar, formatReference, parseReference } from '../../core/oci/reference.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const options: ReadOptions = { args: { V: '1' }, contexts: {}, platforms: { build: amd64, target: amd64 } };

// Pieces that mean something to the parser, so that what is made of them gets past its first line.
const pieces = [
  ...['FROM a', 'FROM a AS b', 'FROM $V', 'FROM b', 'FROM scratch', 'from', 'ARG V=', 'ARG V', 'RUN x', 'RUN <<EOF'],
  ...[
    'COPY --from=',
    'COPY --from=b / /',
    'RUN --mount=',
    'type=bind,from=b,target=/x y',
    'ONBUILD ',
    'ENV A=1',
    'EOF',
  ],
  ...[
    '# escape=`',
    '# syntax=x',
    '# check=',
    '\\',
    '`',
    '\\\n',
    '`\n',
    '\n',
    '\r\n',
    '\uFEFF',
    ' ',
    '\t',
    '"',
    "'",
    '#',
    '[',
  ],
  ...[
    '${',
    '}',
    '$',
    ':-',
    ':?',
    '##',
    '%%',
    '//',
    '/',
    '*',
    '?',
    '<<',
    '<<-',
    '"]',
    '{"syntax":"a"}',
    '0',
    '-1',
    '\0',
    'é',
  ],
];
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => `FROM a\n${parts.join('\n')}`),
);

describe('whatever a file holds', () => {
  it('it is read or refused, with a line that is in it', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const reading = readDockerfile(text, options);
        const lines = text.split('\n').length;
        const named = reading.kind === 'refused' ? [reading.line ?? 1] : reading.bases.map(({ line }) => line);
        for (const line of named) expect(line >= 1 && line <= lines).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('what is read of it is a reference that means the same when written out and read again', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const reading = readDockerfile(text, options);
        for (const { reference } of reading.kind === 'read' ? reading.bases : []) {
          expect(parseReference(formatReference(reference))).toEqual(reference);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('line ends of either kind say the same', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const plain = text.replaceAll('\r', '');
        expect(readDockerfile(plain.replaceAll('\n', '\r\n'), options)).toEqual(readDockerfile(plain, options));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('references', () => {
  const component = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)?$/).filter((text) => text.length < 40);
  const references = fc
    .record({
      host: fc.option(
        fc.constantFrom(
          'docker.io',
          'index.docker.io',
          'ghcr.io',
          'localhost',
          'localhost:5000',
          'a:1',
          '[::1]:5000',
          'UPPER',
        ),
      ),
      path: fc.array(component, { minLength: 1, maxLength: 4 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)),
      digest: fc.option(fc.stringMatching(/^[a-f0-9]{64}$/)),
    })
    .map(({ host, path, tag, digest }) => {
      const name = [...(host === null ? [] : [host]), ...path].join('/');
      return `${name}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@sha256:${digest}`}`;
    })
    .filter((text) => !/^[a-f0-9]{64}$/.test(text));

  it('printing and parsing again is the identity, in the canonical and in the short form', () => {
    fc.assert(
      fc.property(references, (text) => {
        const reference = parseReference(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
        expect(parseReference(familiar(reference))).toEqual(reference);
      }),
      { numRuns: 2000 },
    );
  });

  it('any text is one or is refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'aA0:/@._-[]') })),
        (text) => {
          try {
            expect(formatReference(parseReference(text))).toContain('/');
          } catch (error) {
            expect(error).toBeInstanceOf(FailureError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('time grows with the length of the file and no faster', () => {
  const line = (text: string) => (count: number) => `FROM a\n${text.repeat(count)}`;
  it.each<[string, (count: number) => string]>([
    ['instructions', line('RUN x\n')],
    [
      'stages',
      (count) => Array.from({ length: count }, (_, at) => `FROM a AS s${at}\nCOPY --from=b${at} / /\n`).join(''),
    ],
    [
      'stages on each other',
      (count) =>
        `FROM a AS s0\n${Array.from({ length: count / 10 }, (_, at) => `FROM s${at} AS s${at + 1}\n`).join('')}`,
    ],
    ['continuations', (count) => `FROM a\nRUN x ${'\\\n  y '.repeat(count)}`],
    ['comments between continuations', (count) => `FROM a\nRUN x \\\n${'# y\n'.repeat(count)} z`],
    ['here-documents', line('RUN <<E\nx\nE\n')],
    ['unfinished words of here-documents', line('RUN << << << <<-\n')],
    ['mounts', line('RUN --mount=from=b,target=/x y\n')],
    ['variables', (count) => `${'ARG A=x$A\n'.repeat(count / 20)}FROM a`],
    ['blanks before no end', (count) => `FROM a\nRUN ${'\\ x   '.repeat(count / 2)}`],
  ])('%s', (_, make) => {
    const time = (count: number) => {
      const text = make(count);
      const start = process.cpuUsage();
      readDockerfile(text, options);
      return process.cpuUsage(start).user / 1000;
    };
    time(500);
    const [small, large] = [time(2000), time(16_000)];
    // Eight times the text; quadratic would be sixty-four times the work.
    expect(large).toBeLessThan(Math.max(small, 12) * 28);
  });

  it('growth by powers is cut off', () => {
    const doubled = Array.from({ length: 60 }, (_, at) => `ARG A${at + 1}=$A${at}$A${at}$A${at}$A${at}`).join('\n');
    const reading = readDockerfile(`ARG A0=xxxxxxxx\n${doubled}\nFROM a:$A60`, options);
    expect(reading).toMatchObject({ kind: 'refused', code: 'substitution' });
  });

  it('a pattern of many stars against a long value is refused or quick', () => {
    const start = Date.now();
    for (const operator of ['##', '%%', '//', '#', '%', '/']) {
      const form = operator.startsWith('/') ? `${operator}${'*a'.repeat(1000)}b/x` : `${operator}${'*a'.repeat(1000)}b`;
      readDockerfile(`ARG V=${'a'.repeat(30_000)}\nARG W=\${V${form}}\nFROM a`, { ...options, args: {} });
    }
    expect(Date.now() - start).toBeLessThan(5000);
  });
});
