import * as v from 'valibot';

const text = v.pipe(v.string(), v.minLength(1));
const words = v.optional(v.string(), '');

const vulnerability = v.object({
  id: text,
  dataSource: words,
  namespace: words,
  severity: words,
  description: words,
  cvss: v.optional(
    v.array(
      v.object({
        version: words,
        vector: words,
        metrics: v.optional(v.object({ baseScore: v.optional(v.number()) }), {}),
      }),
    ),
    [],
  ),
  cwes: v.optional(v.array(v.object({ cwe: words })), []),
  fix: v.optional(
    v.object({
      versions: v.optional(v.array(v.string()), []),
      state: words,
      available: v.optional(v.array(v.object({ version: words, date: words })), []),
    }),
    {},
  ),
  epss: v.optional(v.array(v.object({ epss: v.optional(v.number(), 0) })), []),
  knownExploited: v.optional(v.array(v.unknown()), []),
});

const match = v.object({
  vulnerability,
  relatedVulnerabilities: v.optional(v.array(v.object({ id: text })), []),
  artifact: v.object({
    name: v.optional(text, 'unnamed'),
    version: words,
    type: words,
    language: words,
    locations: v.optional(v.array(v.object({ path: words, layerID: words })), []),
    purl: words,
  }),
});

const alert = v.object({ type: words, metadata: v.optional(v.object({ name: words, version: words }), {}) });
const distro = v.object({ name: words, version: words });
const named = v.object({ name: words, version: words });

/** Grype's JSON report (anchore/grype, grype/presenter/models), as far as a finding is made of it. */
export const report = v.object({
  matches: v.array(match),
  alertsByPackage: v.optional(
    v.array(v.object({ package: v.optional(named), alerts: v.optional(v.array(alert), []) })),
    [],
  ),
  source: v.optional(
    v.object({
      type: words,
      // Of a file, a folder or a bill of materials the target is a path or another mapping.
      target: v.optional(v.unknown()),
    }),
  ),
  distro: v.optional(distro),
  descriptor: v.object({
    name: v.literal('grype'),
    version: text,
    // `db.built` until the fifth schema of the database, `db.status.built` since.
    db: v.optional(
      v.object({
        built: v.optional(v.string()),
        status: v.optional(v.object({ built: v.optional(v.string()), valid: v.optional(v.boolean(), true) })),
      }),
    ),
    // What it was configured to leave out of its matches.
    configuration: v.optional(v.looseObject({}), {}),
  }),
});

/** What Grype's report says of the image that it is of. */
export const imageTarget = v.object({
  manifestDigest: words,
  imageID: words,
  userInput: words,
  tags: v.optional(v.array(v.string()), []),
  repoDigests: v.optional(v.array(v.string()), []),
});

/** A report that has this form. */
export type GrypeReport = v.InferOutput<typeof report>;
/** A vulnerability in a package, as Grype found it. */
export type Match = GrypeReport['matches'][number];
