/**
 * What an author's SQL may be: one SELECT over `input`, the sources, its own CTEs and a few harmless table functions. DuckDB
 * parses it, so there is no second grammar to disagree with; the syntax tree is then checked against lists of what is
 * allowed. Files, settings and DuckDB's own catalogue stay out of reach. It is one of two walls: the engine also opens
 * DuckDB with `enable_external_access = false` but for the folders of the run.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { HeadgateError } from '../../foundation/errors.ts';
import { nearest } from '../../crds/nearest.ts';
import { quoteText } from '../quote.ts';

/** The name of what the transforms before the `sql` have made. */
export const INPUT = 'input';

const TABLE_FUNCTIONS = new Set(['range', 'generate_series', 'unnest', 'json_each', 'json_tree']);
const TABLES = new Set(['BASE_TABLE', 'SUBQUERY', 'JOIN', 'TABLE_FUNCTION', 'EXPRESSION_LIST', 'EMPTY', 'PIVOT']);
/** Scalar functions that speak of the server instead of the data, or hold it up. */
const FORBIDDEN_FUNCTIONS =
  /^(?:getenv|current_setting|set_config|getvariable|query|query_table|write_log|sleep_ms|nextval|currval|setseed|stats|current_query|current_(?:database|schemas?|catalog|user|role|connection_id|query_id)|(?:pg|pragma|duckdb)_.*|.*_serialized_sql)$/;
/** CTEs have plain names, so that none can be taken for a file. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

interface Serialized {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly { readonly node: unknown }[];
}

/** Throws `invalid_transform`, the message starting with `at`, where the SQL is anything else. */
export async function checkSelect(
  duck: DuckDBConnection,
  sql: string,
  allowed: { readonly sources: readonly string[]; readonly at: string },
): Promise<void> {
  const tables = new Set([INPUT, ...allowed.sources].map((name) => name.toLowerCase()));
  const refuse = (message: string, hint?: string): HeadgateError =>
    new HeadgateError('invalid_transform', `${allowed.at}: ${message}`, hint === undefined ? {} : { hint });
  const parsed = await serialize(duck, sql);
  if (parsed.error) throw refuse(reasonOf(parsed), 'Write one SELECT; WITH, UNION and subqueries are welcome.');
  if (parsed.statements?.length !== 1) throw refuse('there must be exactly one statement');
  visit(parsed.statements, tables, refuse);
}

async function serialize(duck: DuckDBConnection, sql: string): Promise<Serialized> {
  const reader = await duck.runAndReadAll(`SELECT CAST(json_serialize_sql(${quoteText(sql)}) AS VARCHAR)`);
  return JSON.parse(String(reader.getRowsJS()[0]?.[0])) as Serialized;
}

const reasonOf = ({ error_message: message = '' }: Serialized): string =>
  message.startsWith('Only SELECT') ? 'only a SELECT may stand here' : message;

type Refuse = (message: string, hint?: string) => HeadgateError;
type TreeNode = Readonly<Record<string, unknown>>;

/** Walks the tree; `tables` are the names that may stand after FROM, in lower case. */
function visit(node: unknown, tables: ReadonlySet<string>, refuse: Refuse): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, tables, refuse);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  const tree = node as TreeNode;
  checkTable(tree, tables, refuse);
  checkExpression(tree, refuse);
  const visible = visitCtes(tree, tables, refuse);
  for (const [member, child] of Object.entries(tree)) {
    // Only the part that repeats sees the CTE itself.
    const itself = tree['type'] === 'RECURSIVE_CTE_NODE' && member === 'right';
    if (member !== 'cte_map') visit(child, itself ? withName(visible, String(tree['cte_name'])) : visible, refuse);
  }
}

// Everything that can stand after FROM has these two members; a SELECT itself has no location.
const isTable = (tree: TreeNode): boolean => 'sample' in tree && 'query_location' in tree;

function checkTable(tree: TreeNode, tables: ReadonlySet<string>, refuse: Refuse): void {
  if (!isTable(tree)) return;
  const type = String(tree['type']);
  if (!TABLES.has(type)) throw refuse('DESCRIBE, SHOW and SUMMARIZE may not stand here');
  if (type === 'TABLE_FUNCTION') checkTableFunction(tree['function'], refuse);
  if (type !== 'BASE_TABLE') return;
  const name = String(tree['table_name']);
  const qualified = tree['schema_name'] !== '' || tree['catalog_name'] !== '';
  if (!qualified && tables.has(name.toLowerCase())) return;
  const meant = nearest(name, [...tables]);
  throw refuse(
    `there is no table '${name}'${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`,
    `What can be read here: ${[...tables].join(', ')}. Files and databases are read by sources.`,
  );
}

function checkTableFunction(call: unknown, refuse: Refuse): void {
  const { function_name: name = '' } = (call ?? {}) as TreeNode;
  if (TABLE_FUNCTIONS.has(String(name).toLowerCase())) return;
  throw refuse(
    `the table function '${String(name)}' is not allowed`,
    `Allowed are ${[...TABLE_FUNCTIONS].join(', ')}. Files and databases are read by sources.`,
  );
}

function checkExpression(tree: TreeNode, refuse: Refuse): void {
  if (tree['class'] === 'PARAMETER') throw refuse('parameters such as $1 have no value here');
  if (tree['class'] !== 'FUNCTION') return;
  const name = String(tree['function_name']).toLowerCase();
  if (FORBIDDEN_FUNCTIONS.test(name)) throw refuse(`the function '${name}' is not allowed`);
}

/**
 * Visits the CTEs of a SELECT, and answers the names visible below it. A CTE sees those before it and not itself: within it
 * its own name means what it means outside, which may be a view of DuckDB's catalogue.
 */
function visitCtes(tree: TreeNode, tables: ReadonlySet<string>, refuse: Refuse): ReadonlySet<string> {
  const { map = [] } = (tree['cte_map'] ?? {}) as {
    readonly map?: readonly { readonly key: string; readonly value: unknown }[];
  };
  let visible = tables;
  for (const { key, value } of map) {
    if (!PLAIN_NAME.test(key)) throw refuse(`the name of the CTE '${key}' may hold letters, digits and _ only`);
    visit(value, visible, refuse);
    visible = withName(visible, key);
  }
  return visible;
}

const withName = (names: ReadonlySet<string>, name: string): ReadonlySet<string> =>
  new Set([...names, name.toLowerCase()]);
