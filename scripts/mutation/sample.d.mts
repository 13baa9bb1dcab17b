/** Whether a change belongs to the sample: decided by the seed and the change alone, so that a seed can be repeated. */
export function isSampled(
  mutant: {
    readonly fileName: string;
    readonly location: object;
    readonly mutatorName: string;
    readonly replacement: string;
  },
  sample: { readonly seed: string; readonly share: number; readonly root: string },
): boolean;
