/**
 * `node examples/incremental/fill.ts <file>`: a shop at work. Each call adds 100 orders to the SQLite file and ships 10 of
 * the older ones, all with a newer `updated_at`.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const TABLE = `CREATE TABLE IF NOT EXISTS orders (
  id INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  amount REAL NOT NULL,
  updated_at INTEGER NOT NULL -- counts the changes of the shop
)`;
const ADD = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
  INSERT INTO orders SELECT :last + i, 'open', (:last + i) % 97 + 0.5, :changes + i FROM n`;
const SHIP = `UPDATE orders SET status = 'shipped', updated_at = :changes + id
  WHERE id IN (SELECT id FROM orders WHERE status = 'open' ORDER BY id LIMIT 10)`;

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write('usage: node examples/incremental/fill.ts <file>\n');
  process.exitCode = 1;
} else {
  mkdirSync(dirname(file), { recursive: true });
  const shop = new DatabaseSync(file);
  shop.exec(`${TABLE}; BEGIN IMMEDIATE`);
  const highest = (column: 'id' | 'updated_at'): number =>
    Number(shop.prepare(`SELECT coalesce(max(${column}), 0) AS value FROM orders`).get()!['value']);
  const last = highest('id');
  shop.prepare(SHIP).run({ changes: highest('updated_at') });
  shop.prepare(ADD).run({ last, changes: highest('updated_at') });
  shop.exec('COMMIT');
  shop.close();
  process.stdout.write(`${file}: ${last === 0 ? '' : '10 orders were shipped, and '}100 orders are new\n`);
}
