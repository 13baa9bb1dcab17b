import type { RE2JS } from 're2js';

/** A value that a text must be, or match. */
export type Expected =
  | { readonly kind: 'equal'; readonly text: string }
  | { readonly kind: 'match'; readonly pattern: RE2JS };

/** container-structure-test, fileExistenceTests. */
export interface ExistenceTest {
  readonly name: string;
  readonly path: string;
  readonly shouldExist: boolean;
  /** As `ls` and Go write it: `-rwxr-xr-x`. */
  readonly permissions?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly isExecutableBy?: 'owner' | 'group' | 'other' | 'any';
}

/** container-structure-test, fileContentTests. */
export interface ContentTest {
  readonly name: string;
  readonly path: string;
  readonly expectedContents: readonly RE2JS[];
  readonly excludedContents: readonly RE2JS[];
}

interface Pair {
  readonly key: string;
  readonly value: Expected;
}

/** container-structure-test, metadataTest. */
export interface MetadataTest {
  readonly envVars: readonly Pair[];
  readonly unboundEnvVars: readonly string[];
  readonly labels: readonly Pair[];
  readonly exposedPorts: readonly string[];
  readonly unexposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly unmountedVolumes: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
}

/** One file of structure tests, as far as no container has to run for it. */
export interface StructureTests {
  /** As the configuration names it. */
  readonly file: string;
  readonly existence: readonly ExistenceTest[];
  readonly content: readonly ContentTest[];
  readonly metadata?: MetadataTest;
}
