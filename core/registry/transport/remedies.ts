import { type FailureCode, FailureError } from '../../failure.ts';

/** What a person can do about a failure that says nothing more particular. */
const remedies: { readonly [code in FailureCode]?: string } = {
  'tag-gone': 'name a tag that is there',
  malformed: 'check what answers there, and what was pushed',
  'too-large': 'check that it is an image',
  'digest-mismatch': 'check what stands between here and the registry, such as a proxy or a mirror',
  refused: 'check that the registry allows it',
};

/** The failure with a remedy. */
export function withRemedy(thrown: unknown): unknown {
  if (!(thrown instanceof FailureError) || thrown.failure.remedy !== undefined) return thrown;
  const remedy = remedies[thrown.failure.code];
  return remedy === undefined ? thrown : new FailureError({ ...thrown.failure, remedy }, { cause: thrown.cause });
}

/** A method whose every failure has a remedy. */
export function remedied<A extends readonly unknown[], T>(
  method: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  return async (...args) => {
    try {
      return await method(...args);
    } catch (thrown) {
      throw withRemedy(thrown);
    }
  };
}

/** A stream whose every failure has a remedy. */
export async function* remediedStream(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (thrown) {
    throw withRemedy(thrown);
  }
}
