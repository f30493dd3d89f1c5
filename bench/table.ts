/**
 * Turns results into the table in `bench/README.md`. The newest result of each benchmark counts.
 *
 *     node bench/batch.ts | node bench/table.ts --add   # keeps the result in bench/results.jsonl, writes the table
 *     node bench/table.ts                               # writes the table from bench/results.jsonl
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { Headline, Report } from './lib.ts';

const RESULTS = join(import.meta.dirname, 'results.jsonl');
const README = join(import.meta.dirname, 'README.md');
const BEGIN = '<!-- results: written by bench/table.ts -->';
const END = '<!-- /results -->';

/** The results in `lines`, the newest of each benchmark and work, in the order of their names. */
export function newest(lines: string): readonly Report[] {
  const reports = new Map<string, Report>();
  for (const line of lines.split('\n')) {
    if (line.trim() === '') continue;
    const report = JSON.parse(line) as Report;
    if (!Array.isArray(report.headlines)) throw new TypeError(`not a result of bench/lib.ts: ${line.slice(0, 80)}`);
    const key = `${report.bench}\0${report.work}`;
    const known = reports.get(key);
    if (known === undefined || known.at <= report.at) reports.set(key, report);
  }
  return [...reports].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, report]) => report);
}

/** A Markdown table with a row for each headline. */
export function tableOf(reports: readonly Report[]): string {
  const rows = reports.flatMap((report) =>
    report.headlines.map((headline, index) => {
      const own = index === 0;
      return [
        own ? `\`${report.bench}\`: ${report.work}` : '',
        `${amount(headline)} ${headline.what}`,
        headline.control === undefined ? '' : String(headline.control),
        goal(headline),
        own ? `${report.commit}, ${report.at.slice(0, 10)}, ${report.machine}` : '',
      ];
    }),
  );
  const header = ['work', 'figure', 'control', 'to reach', 'commit, day, machine'];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

const amount = ({ value, unit }: Headline): string =>
  `${value >= 1000 ? Math.round(value).toLocaleString('en') : value}${unit === undefined ? '' : ` ${unit}`}`;

function goal({ value, unit, atLeast, atMost }: Headline): string {
  if (atLeast === undefined && atMost === undefined) return '';
  const missed = value < (atLeast ?? -Infinity) || value > (atMost ?? Infinity);
  const bound =
    atLeast === undefined
      ? `≤ ${amount({ what: '', value: atMost!, unit })}`
      : `≥ ${amount({ what: '', value: atLeast, unit })}`;
  return missed ? `${bound}: **missed**` : bound;
}

/** The document with the table between its markers. Throws where they are missing. */
export function withTable(document: string, table: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md needs the lines ${BEGIN} and ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { add: { type: 'boolean', default: false } } });
  let lines = await readFile(RESULTS, 'utf8').catch(() => '');
  if (values.add) lines += `\n${await text(process.stdin)}`;
  const reports = newest(lines);
  // Read before anything is written, so that a broken line leaves both files as they were.
  const document = withTable(await readFile(README, 'utf8'), tableOf(reports));
  if (values.add) await writeFile(RESULTS, reports.map((report) => `${JSON.stringify(report)}\n`).join(''));
  await writeFile(README, document);
}

if (import.meta.main) await main();
