/** Every example of docs/reference/transforms.md makes what the page says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Transform } from '../../crds/index.ts';
import { rowsOf } from '../cel/testing/records.ts';
import type { Column, Row } from '../ports.ts';
import { quoteText } from '../quote.ts';
import { planTransform, streamTransform, transforms } from './index.ts';

const page = readFileSync(new URL('../../docs/reference/transforms.md', import.meta.url), 'utf8');
const [, source = ''] = /```json\n([^`]+)```/.exec(page) ?? [];
const examples = [...page.matchAll(/```yaml\n([^`]+)```\n+```json\n([^`]+)```/g)].map(
  ([, chain, records]) => [chain!.trim(), chain!, records!] as const,
);
const lines = (text: string): readonly Row[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

let duck: DuckDBConnection;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-docs-'));
  writeFileSync(join(folder, 'source.json'), source);
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run(`CREATE TABLE t AS SELECT * FROM read_json(${quoteText(join(folder, 'source.json'))})`);
});
afterAll(() => {
  duck.closeSync();
  rmSync(folder, { recursive: true });
});

async function columnsOf(relation: string): Promise<readonly Column[]> {
  const reader = await duck.runAndReadAll(`DESCRIBE SELECT * FROM ${relation}`);
  return reader.getRowsJson().map(([name, type]) => ({ name: String(name), type: String(type) }));
}

describe('docs/reference/transforms.md', () => {
  it('has an example for every transform, and names it in the table', () => {
    const shown = new Set(
      examples.flatMap(([, chain]) => (parse(chain) as Transform[]).flatMap((step) => Object.keys(step))),
    );
    expect([...shown].sort()).toEqual(transforms.map(({ name }) => name).sort());
    for (const { name } of transforms) expect(page).toContain(`| \`${name}\` |`);
  });

  it.each(examples)('%s', async (_, chain, records) => {
    let relation = 't';
    let columns = await columnsOf(relation);
    for (const [index, spec] of (parse(chain) as Transform[]).entries()) {
      const planned = planTransform(spec, index, { columns, sources: [] });
      await planned.check?.(duck);
      relation = `(${planned.sql(relation)})`;
      columns = planned.columns ?? (await columnsOf(relation));
    }
    const rows = await rowsOf(duck, relation, columns);
    expect(rows).toEqual(lines(records));
    expect(rows.map((row) => Object.keys(row))).toEqual(lines(records).map((row) => Object.keys(row)));
  });

  it.each(transforms.map(({ name }) => name))('says rightly whether %s works on streams', (name) => {
    const spec = {
      rename: {},
      select: [],
      drop: ['a'],
      set: {},
      filter: 'true',
      cast: {},
      mask: {},
      flatten: {},
      dedupe: { key: ['a'] },
      limit: 1,
      sql: 'select 1',
    }[name];
    const says = new RegExp(`^\\| \`${name}\` \\|.*\\| (yes|no) \\|$`, 'm').exec(page)![1];
    let works = 'yes';
    try {
      streamTransform({ [name]: spec }, 0);
    } catch {
      works = 'no';
    }
    expect(says).toBe(works);
  });
});
