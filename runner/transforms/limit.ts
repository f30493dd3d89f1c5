import type { TransformDefinition } from '../ports.ts';

/** The first records by arrival. Has no record form: a stream has no end to count to. */
export const limit: TransformDefinition<'limit'> = {
  name: 'limit',
  plan: (spec, input) => ({
    columns: input.columns,
    sql: (relation) => `SELECT * FROM ${relation} LIMIT ${spec}`,
  }),
};
