/**
 * A filter in CEL, in both of its forms, against the same condition written by hand.
 *
 *     node bench/cel.ts [--records 200000] [--rows 10000000] [--rounds 9]
 *
 * The record form runs against a predicate in JavaScript, the SQL form against SQL. In every round each contender runs once
 * and the control twice (their quotient is the noise of the machine). What is kept is counted and must be the same for all.
 */
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { compileCel, evaluateCel } from '../runner/cel/index.ts';
import type { Column, EventMeta, Row } from '../runner/ports.ts';
import { expectCount, median, medianRatio, report, round } from './lib.ts';

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    rows: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '9' },
  },
});
const RECORDS = Number(options.records);
const ROWS = Number(options.rows);
const ROUNDS = Number(options.rounds);

const EXPRESSION = 'amount > 100 && currency in ["USD", "EUR"] && !name.startsWith("test")';
const SQL_BY_HAND = `amount > 100 AND currency IN ('USD', 'EUR') AND NOT starts_with(name, 'test')`;
const COLUMNS: readonly Column[] = [
  { name: 'amount', type: 'BIGINT' },
  { name: 'currency', type: 'VARCHAR' },
  { name: 'name', type: 'VARCHAR' },
];

interface Order extends Row {
  readonly amount: number;
  readonly currency: string;
  readonly name: string;
}

const records: readonly Order[] = Array.from({ length: RECORDS }, (_, n) => ({
  amount: (n * 7919) % 1000,
  currency: ['USD', 'EUR', 'GBP'][n % 3]!,
  name: n % 10 === 0 ? `test ${n}` : `order ${n}`,
}));

const byHand = (row: Order): boolean =>
  row.amount > 100 && (row.currency === 'USD' || row.currency === 'EUR') && !row.name.startsWith('test');

function count(keep: (row: Order) => unknown): number {
  let kept = 0;
  for (const row of records) if (keep(row) === true) kept++;
  return kept;
}

type Contenders = Readonly<Record<string, () => number | Promise<number>>>;

/** Seconds of each contender in each round; all must keep as many as the first. */
async function race(contenders: Contenders): Promise<Readonly<Record<string, readonly number[]>>> {
  const times: Record<string, number[]> = {};
  let wanted: number | null = null;
  // A first round warms up and does not count.
  for (let turn = 0; turn <= ROUNDS; turn++) {
    for (const [name, work] of Object.entries(contenders)) {
      const start = performance.now();
      const kept = await work();
      const seconds = (performance.now() - start) / 1000;
      wanted ??= kept;
      expectCount(`kept by ${name}`, kept, wanted);
      if (turn > 0) (times[name] ??= []).push(seconds);
    }
  }
  return times;
}

const META: EventMeta = { id: 'ev_1', type: 'order', key: null, receivedAt: 0, replay: null };
const { evaluate, condition } = compileCel(EXPRESSION, COLUMNS, 'bench');
const untyped = evaluateCel(EXPRESSION, 'bench');
const record = await race({
  control: () => count(byHand),
  controlAgain: () => count(byHand),
  typed: () => count(evaluate),
  untyped: () => count((row) => untyped(row, META)),
});

const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const duck = await instance.connect();
await duck.run(
  `CREATE TABLE orders AS SELECT n * 7919 % 1000 AS amount, ['USD', 'EUR', 'GBP'][n % 3 + 1] AS currency,
   CASE WHEN n % 10 = 0 THEN 'test ' ELSE 'order ' END || n AS name FROM range(${ROWS}) t(n)`,
);
const countRows = async (where: string): Promise<number> => {
  const reader = await duck.runAndReadAll(`SELECT count(*) FROM orders WHERE ${where}`);
  return Number(reader.getRowsJS()[0]![0]);
};
const sql = await race({
  control: () => countRows(SQL_BY_HAND),
  compiled: () => countRows(condition),
  controlAgain: () => countRows(SQL_BY_HAND),
});
duck.closeSync();
instance.closeSync();

const perSecond = (count: number, seconds: readonly number[]): number => Math.round(count / median(seconds));
const ratios = (times: Readonly<Record<string, readonly number[]>>, name: string): number =>
  medianRatio(times['control']!, times[name]!);

report({
  bench: 'cel',
  work: `three conditions; ${RECORDS} records in JavaScript, ${ROWS} rows in DuckDB`,
  headlines: [
    { what: 'records filtered, columns known', value: perSecond(RECORDS, record['typed']!), unit: '/s', atLeast: 1e6 },
    {
      what: 'records filtered, columns unknown',
      value: perSecond(RECORDS, record['untyped']!),
      unit: '/s',
      atLeast: 1e6,
    },
    { what: 'of SQL by hand', value: ratios(sql, 'compiled'), control: ratios(sql, 'controlAgain'), atLeast: 0.8 },
  ],
  figures: {
    filtersPerSecond: Object.fromEntries(
      Object.entries(record).map(([name, seconds]) => [name, perSecond(RECORDS, seconds)]),
    ),
    rowsPerSecond: Object.fromEntries(Object.entries(sql).map(([name, seconds]) => [name, perSecond(ROWS, seconds)])),
    recordRatio: round(ratios(record, 'typed')),
  },
});
