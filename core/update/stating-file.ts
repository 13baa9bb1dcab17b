/** The file in a provenance such as "compose.yaml services.web"; undefined where there is none. */
export function statingFile(from: string | undefined): string | undefined {
  const path = from?.slice(0, from.lastIndexOf(' '));
  return path === '' ? undefined : path;
}
