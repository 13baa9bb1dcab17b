/** Names and versions of the packages whose licences stand beside bundles, as `name@version`. */
export function bundledPackages(licenceTexts) {
  const rule = '-'.repeat(80);
  const entries = licenceTexts.flatMap((text) => text.split(`\n${rule}\n\n`));
  return new Set(
    entries.flatMap((entry) => /^(\S+) (\S+) \(.*\)$/m.exec(entry.split('\n', 1)[0])?.slice(1, 3).join('@') ?? []),
  );
}

/** The part of npm's CycloneDX document that is bundled: to npm, everything here is for development. */
export function bundledSbom(document, packages) {
  const components = document.components
    .filter(({ name, version }) => packages.has(`${name}@${version}`))
    .map((component) => ({ ...component, scope: 'required', properties: [] }));
  const root = document.metadata.component['bom-ref'];
  const kept = new Set([root, ...components.map((component) => component['bom-ref'])]);
  const dependencies = document.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  return { ...document, components, dependencies };
}
