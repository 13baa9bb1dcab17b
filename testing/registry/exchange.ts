/** One request as the registry's handlers see it, its body read whole. */
export interface TestRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Scheme and host by which the client reached the registry. */
  readonly origin: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the registry answers; the body of an answer to HEAD is not sent, but its length is. */
export interface TestReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const nothing = Buffer.alloc(0);

/** An answer with a body of bytes, or none. */
export function reply(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer = nothing,
): TestReply {
  return { status, headers, body };
}

/** An answer with a JSON document. */
export function replyJson(
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): TestReply {
  return reply(status, { 'content-type': 'application/json', ...headers }, Buffer.from(JSON.stringify(document)));
}

const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 416,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
  UNKNOWN: 500,
} as const;

/** Codes of the OCI distribution-spec ("Error Codes") and of Distribution. */
export type ErrorCode = keyof typeof statuses;

/** A refusal in the form that the specification gives errors. */
export function refuse(
  code: ErrorCode,
  message: string,
  options: {
    readonly status?: number;
    readonly detail?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): TestReply {
  const { status = statuses[code], detail, headers } = options;
  return replyJson(status, { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] }, headers);
}
