/** What identifies a client to a registry; `source` names where it was found. */
export type Credential =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'basic';
      readonly username: string;
      readonly password: string;
      readonly source: string;
      /** Found, not given for this registry: where it is refused, reading may go on without it. */
      readonly ambient?: true;
    }
  /** An OAuth 2 refresh token: Docker's "identity token", or what ACR gives for an Entra token. */
  | { readonly kind: 'identity'; readonly token: string; readonly source: string }
  /** A bearer token that the registry takes as it is: Docker's "registry token". */
  | { readonly kind: 'bearer'; readonly token: string; readonly source: string };

/** No credential: requests carry no Authorization. */
export const anonymous: Credential = { kind: 'anonymous' };

/** Where the credential came from, undefined when there is none. */
export function sourceOf(credential: Credential): string | undefined {
  return credential.kind === 'anonymous' ? undefined : credential.source;
}
