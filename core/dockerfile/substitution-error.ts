/** Thrown for a word that BuildKit's shell lexer refuses. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError';
}
