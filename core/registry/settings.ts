/** Credentials of one registry host. */
export interface RegistryCredential {
  readonly username: string;
  readonly password: string;
}
