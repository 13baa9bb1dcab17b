/** The file in a provenance such as "compose.yaml services.web"; undefined where it names none. */
export function statingFile(from: string | undefined): string | undefined {
  return /^(.+) \S+$/.exec(from ?? '')?.[1];
}
