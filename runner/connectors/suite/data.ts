/** What the suite writes. Each constant is a SELECT in DuckDB's SQL. */

/** Text that breaks careless quoting and encodings; the third column tells null from empty. */
export const TEXT_ROWS = `
  SELECT * FROM (VALUES
    (1, 'plain', 'a'),
    (2, '', ''),
    (3, NULL, NULL),
    (4, 'NULL', '\\N'),
    (5, 'quote " and ''single''', '"'),
    (6, 'comma, semicolon; tab' || chr(9) || 'end', ','),
    (7, 'line' || chr(10) || 'feed', chr(10)),
    (8, 'carriage' || chr(13) || chr(10) || 'return', chr(13) || chr(10)),
    (9, 'Grüße, 世界 🌍 עברית', 'é'),
    (10, 'back\\slash \\n \\t', '\\'),
    (11, ' spaces around ', ' '),
    (12, '{"json": [1, "two", null]}', '{}'),
    (13, '\\.', '\\.')
  ) AS t(id, "Text Value", "quo""ted")`;

/** Per column of `TYPED_ROWS`: its type, an ordinary value, and one at the edge. */
const TYPED_COLUMNS: readonly (readonly [name: string, type: string, ordinary: string, edge: string])[] = [
  ['id', 'INTEGER', '1', '2'],
  ['a_boolean', 'BOOLEAN', 'true', 'false'],
  ['a_smallint', 'SMALLINT', '32767', '-32768'],
  ['an_integer', 'INTEGER', '12', '-2147483648'],
  ['a_bigint', 'BIGINT', '9223372036854775807', '-9223372036854775808'],
  ['a_float', 'FLOAT', '1.5', '-0.25'],
  ['a_double', 'DOUBLE', '0.1', '1.7976931348623157e308'],
  ['a_decimal', 'DECIMAL(38,10)', '12345678901234567890.0123456789', '-0.0000000001'],
  ['a_text', 'VARCHAR', 'x', ''],
  ['a_date', 'DATE', '2024-02-29', '0001-01-01'],
  ['a_time', 'TIME', '23:59:59.999999', '00:00:00'],
  ['a_timestamp', 'TIMESTAMP', '2024-02-29 12:34:56.123456', '1969-12-31 23:59:59'],
  ['a_timestamptz', 'TIMESTAMP WITH TIME ZONE', '2024-02-29 12:34:56.123456+00', '1969-12-31 23:59:59+00'],
  ['an_interval', 'INTERVAL', '1 month 2 days 3 hours', '0 seconds'],
  ['a_uuid', 'UUID', '11111111-2222-3333-4444-555555555555', '00000000-0000-0000-0000-000000000000'],
  ['a_json', 'JSON', '{"a": [1, 2.5, "x"], "b": null}', '[]'],
  ['a_blob', 'BLOB', '\\x00\\xFF\\x22', ''],
  ['a_list', 'INTEGER[]', '[1, NULL, 3]', '[]'],
  ['a_struct', 'STRUCT(x INTEGER, y VARCHAR)', "{'x': 1, 'y': 'two'}", "{'x': NULL, 'y': ''}"],
];

/** One column per type that pipelines meet, with an ordinary row, one of extremes, and one of nulls but for its `id`. */
export const TYPED_ROWS = [0, 1]
  .map((row) =>
    TYPED_COLUMNS.map(
      ([name, type, ...values]) => `CAST('${values[row]!.replaceAll("'", "''")}' AS ${type}) AS ${name}`,
    ),
  )
  .concat([TYPED_COLUMNS.map(([name, type]) => `CAST(${name === 'id' ? '3' : 'NULL'} AS ${type}) AS ${name}`)])
  .map((columns) => `SELECT ${columns.join(', ')}`)
  .join(' UNION ALL ');

/** `from` to `to` (inclusive) as rows of a small table; `label` makes generations tell apart. */
export const smallRows = (from: number, to: number, label: string): string =>
  `SELECT i::BIGINT AS id, '${label} ' || i AS name FROM range(${from}, ${to + 1}) AS r(i)`;

/** Rows with cursors of three types; row 3 is the last one already read. */
export const CURSOR_ROWS = `
  SELECT i::BIGINT AS id, TIMESTAMP '2024-01-01 00:00:00' + i * INTERVAL '1 hour 0.000001 seconds' AS updated_at,
    'v' || lpad(i::VARCHAR, 3, '0') AS version FROM range(1, 6) AS r(i)`;

export const BIG_ROW_COUNT = 100_000;

export const BIG_ROWS = `
  SELECT i::BIGINT AS id, 'customer ' || (i % 977) AS name, (i * 7 % 100000)::DECIMAL(12,2) / 100 AS amount,
    TIMESTAMP '2024-01-01' + i * INTERVAL '1 second' AS at, i % 3 = 0 AS flag
  FROM range(${BIG_ROW_COUNT}) AS r(i)`;
