/** The archives this machine is configured for: `main` and `security` addresses, whatever mirror they name. */
export function archives(files?: readonly { readonly name: string; readonly text: string }[]): {
  readonly main: string;
  readonly security: string;
};
