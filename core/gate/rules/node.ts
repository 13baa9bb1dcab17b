/** A node of the syntax tree of a condition. */
export interface ConditionNode {
  readonly op: string;
  readonly args: unknown;
}

/** Whether a part of a syntax tree is a node of it. */
export function isNode(value: unknown): value is ConditionNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
