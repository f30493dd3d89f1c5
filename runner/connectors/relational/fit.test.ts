import { expect, test } from 'vitest';
import { parseDuckType } from './column-types.ts';
import { fitColumn } from './fit.ts';

const asIs = { fit: 'as-is' };
const never = { fit: 'never' };
const widen = (to: string): unknown => ({ fit: 'widen', to });
const exact = (as: string): unknown => ({ fit: 'exact', as });

/** existing, incoming, outcome */
const CASES: readonly (readonly [string, string, unknown])[] = [
  ['integer', 'INTEGER', asIs],
  ['integer', 'SMALLINT', asIs],
  ['integer', 'BIGINT', widen('bigint')],
  ['smallint', 'INTEGER', widen('integer')],
  ['bigint', 'HUGEINT', widen('numeric(39,0)')],
  ['integer', 'DECIMAL(12,2)', widen('numeric(12,2)')],
  ['bigint', 'DECIMAL(12,2)', widen('numeric(21,2)')],
  ['integer', 'DOUBLE', exact('INTEGER')],
  ['integer', 'VARCHAR', asIs],
  ['integer', 'BOOLEAN', never],
  ['integer', 'DATE', never],
  ['numeric(12,2)', 'DECIMAL(10,2)', asIs],
  ['numeric(12,2)', 'DECIMAL(12,4)', widen('numeric(14,4)')],
  ['numeric(12,2)', 'BIGINT', widen('numeric(21,2)')],
  ['numeric(12,2)', 'DOUBLE', exact('DECIMAL(12,2)')],
  ['numeric', 'DECIMAL(38,10)', asIs],
  ['numeric', 'DOUBLE', asIs],
  ['numeric', 'DATE', never],
  ['real', 'DOUBLE', widen('double precision')],
  ['real', 'INTEGER', exact('FLOAT')],
  ['double precision', 'FLOAT', asIs],
  ['double precision', 'BIGINT', exact('DOUBLE')],
  ['double precision', 'DECIMAL(12,2)', exact('DOUBLE')],
  ['double precision', 'BOOLEAN', never],
  ['text', 'BIGINT', asIs],
  ['character varying', 'TIMESTAMP', asIs],
  ['character varying(10)', 'VARCHAR', { fit: 'length', most: 10 }],
  ['character(3)', 'INTEGER', { fit: 'length', most: 3 }],
  ['date', 'TIMESTAMP', widen('timestamp without time zone')],
  ['date', 'TIMESTAMP WITH TIME ZONE', never],
  ['timestamp without time zone', 'DATE', asIs],
  ['timestamp without time zone', 'TIMESTAMP WITH TIME ZONE', never],
  ['timestamp with time zone', 'TIMESTAMP', asIs],
  ['timestamp(3) without time zone', 'TIMESTAMP', asIs],
  ['time(3) without time zone', 'TIME', asIs],
  ['oid', 'BIGINT', exact('UINTEGER')],
  ['boolean', 'BIGINT', never],
  ['uuid', 'VARCHAR', asIs],
  ['uuid', 'BLOB', never],
  ['inet', 'VARCHAR', asIs],
  ['jsonb', 'STRUCT(a INTEGER)', asIs],
  ['json', 'BIGINT', asIs],
  ['jsonb', 'BLOB', never],
  ['integer', 'JSON', never],
  ['integer[]', 'INTEGER[]', asIs],
  ['integer[]', 'BIGINT[]', widen('bigint[]')],
  ['bigint[]', 'INTEGER[]', asIs],
  ['text[]', 'INTEGER[]', asIs],
  ['integer[]', 'VARCHAR[]', asIs],
  ['integer[]', 'DOUBLE[]', never],
  ['integer', 'INTEGER[]', never],
];

test.each(CASES)('%s takes %s', (existing, incoming, outcome) => {
  expect(fitColumn(existing, parseDuckType(incoming))).toEqual(outcome);
});

test('DuckDB types are taken apart', () => {
  expect(parseDuckType('DECIMAL(12,2)')).toEqual({ base: 'DECIMAL', args: [12, 2] });
  expect(parseDuckType('TIMESTAMP WITH TIME ZONE')).toEqual({ base: 'TIMESTAMPTZ', args: [] });
  expect(parseDuckType("ENUM('a', 'b[]')")).toEqual({ base: 'VARCHAR', args: [] });
  expect(parseDuckType('STRUCT(a INTEGER[], b VARCHAR)').base).toBe('STRUCT');
  expect(parseDuckType('INTEGER[3][]')).toEqual({
    base: 'LIST',
    args: [],
    element: { base: 'LIST', args: [], element: { base: 'INTEGER', args: [] } },
  });
});
