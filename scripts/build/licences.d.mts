export function licences(root: string, files: readonly string[]): Promise<string>;
