interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
}

interface Document {
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

export function bundledPackages(licenceTexts: readonly string[]): ReadonlySet<string>;
export function bundledSbom<T extends Document>(document: T, packages: ReadonlySet<string>): T;
