/** Bundles a program of test/bounds with all parsers into a folder, and returns its path. */
export function bundleBounds(name: 'measure' | 'fuzz', folder: string): Promise<string>;
