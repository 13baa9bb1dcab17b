import type { BuildOptions, Plugin } from 'esbuild';

export function catalogueAsData(root: string, options?: BuildOptions): Plugin;
