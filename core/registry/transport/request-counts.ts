/** How many requests a run has sent, retries included. */
export interface RequestCounts {
  readonly head: number;
  readonly get: number;
  readonly token: number;
  /** POST, PUT, PATCH and DELETE. */
  readonly write: number;
  /** Body bytes sent in uploads. */
  readonly uploadedBytes: number;
}
