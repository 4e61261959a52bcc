export const OPERATORS = [
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'contains',
  'in',
  'matches',
  'exists',
  'changed_to',
] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Rule {
  /** A path such as `payload.project.id`. */
  field: string;
  operator: Operator;
  value?: unknown;
}

export type Condition = Rule | { all: Condition[] } | { any: Condition[] } | { expression: string };
