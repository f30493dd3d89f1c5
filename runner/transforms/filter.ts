import { compileCondition, evaluateCel } from '../cel/index.ts';
import type { TransformDefinition } from '../ports.ts';

/** Keeps the records for which the expression is true; false and null drop. */
export const filter: TransformDefinition<'filter'> = {
  name: 'filter',
  plan: (spec, input) => {
    const { condition, evaluate } = compileCondition(spec, input.columns, input.at);
    return {
      columns: input.columns,
      sql: (relation) => `SELECT * FROM ${relation} WHERE ${condition}`,
      record: (row) => (evaluate(row) === true ? row : null),
    };
  },
  stream: (spec, at) => {
    const evaluate = evaluateCel(spec, at);
    return (row, event) => (evaluate(row, event) === true ? row : null);
  },
};
