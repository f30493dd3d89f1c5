import { describe, expect, it } from 'vitest';
import type { PlanView } from '../../api/views/plan.ts';
import type { Static } from 'typebox';
import { createContext, type CliContext } from '../context.ts';
import { bytes, counted, relative, shortRevision } from './figures.ts';
import { planMarkdown, planTable } from './plan.ts';
import { renderError, renderFileError } from './problem.ts';
import { Progress } from './progress.ts';
import { createStyle } from './style.ts';
import { renderFields, renderTable } from './table.ts';
import { displayWidth, pad, printable, truncate } from './width.ts';
import { HeadgateError } from '../../foundation/errors.ts';

const plain = createStyle(false);

function testContext(time: { now: number }, live: boolean): { context: CliContext; written: string[] } {
  const written: string[] = [];
  const terminal = {
    out: (text: string) => void written.push(`out ${text}`),
    err: (text: string) => void written.push(`err ${text}`),
    width: undefined,
    live,
    color: false,
    readInput: () => Promise.resolve(new Uint8Array()),
    input: null,
  };
  const { signal } = new AbortController();
  const parts = { env: { all: {} }, terminal, cwd: '/', clock: () => time.now, version: '1', signal };
  return { context: createContext(parts), written };
}

describe('width', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['Größe', 5],
    ['Größe'.normalize('NFD'), 5],
    ['注文', 4],
    ['주문', 4],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['\u001B[31mred\u001B[39m', 3],
    ['a\u200Bb', 2],
    ['half-width kana \uff71\uff72', 18],
    ['\uff76\uff9e', 2],
    ['\uff21\uff22', 4],
  ])('%j takes %i cells', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('cuts by cells, never a glyph in half', () => {
    expect(truncate('orders-to-warehouse', 8)).toBe('orders-…');
    expect(truncate('注文注文', 6)).toBe('注文…');
    expect(truncate('注文注文', 8)).toBe('注文注文');
    expect(displayWidth(truncate('注文注文', 6))).toBeLessThanOrEqual(6);
    expect(truncate('abc', 0)).toBe('');
  });

  it('fills up', () => {
    expect(pad('注文', 6)).toBe('注文  ');
    expect(pad('7', 3, 'right')).toBe('  7');
  });

  it('takes control characters and escape sequences out', () => {
    expect(printable('a\u001B[2Jb\u0007c\u001B]0;title\u0007\td\re\nf')).toBe('abc\tde\nf');
  });
});

describe('tables', () => {
  const columns = [
    { title: 'NAME', shrink: true },
    { title: 'ROWS', align: 'right' as const },
    { title: 'NOTE', shrink: true },
  ];

  it('aligns', () => {
    const rows = [
      ['注文', '12', 'x'],
      ['orders', '3', ''],
    ];
    expect(renderTable(columns, rows)).toBe('NAME    ROWS  NOTE\n注文      12  x\norders     3\n');
  });

  it.each([20, 30, 40, 60])('fits into %i cells', (width) => {
    const rows = [['a-very-long-name-of-a-pipeline', '1,234', 'a note that is quite a bit longer than the terminal']];
    const lines = renderTable(columns, rows, { width }).trimEnd().split('\n');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(width, 8 + 2 + 5 + 2 + 8));
    expect(lines[1]).toContain('1,234');
  });

  it('keeps each row on one line', () => {
    expect(renderTable([{ title: 'A' }], [['one\n  two']])).toBe('A\none two\n');
  });

  it('leaves empty fields out', () => {
    expect(
      renderFields([
        ['Name', 'x'],
        ['Title', ''],
        ['Revision', 'y'],
      ]),
    ).toBe('Name:      x\nRevision:  y\n');
  });
});

describe('figures', () => {
  const now = Date.parse('2026-05-01T12:00:00Z');
  it.each([
    ['2026-05-01T12:00:00.400Z', 'now'],
    ['2026-05-01T11:59:18.700Z', '41s ago'],
    ['2026-05-01T10:30:00Z', '1h ago'],
    ['2026-05-01T13:30:00Z', 'in 1h 30m'],
    ['2026-04-20T12:00:00Z', '11d ago'],
  ])('%s is %s', (time, text) => {
    expect(relative(time, now)).toBe(text);
  });

  it('sizes, revisions, plurals', () => {
    expect([bytes(999), bytes(4277), bytes(3_400_000_000)]).toEqual(['999 B', '4.3 kB', '3.4 GB']);
    expect(shortRevision('a'.repeat(40))).toBe('aaaaaaa');
    expect(shortRevision('command-line')).toBe('command-line');
    expect([counted(1, 'error'), counted(1200, 'error')]).toEqual(['1 error', '1,200 errors']);
  });
});

describe('errors', () => {
  it('shows message, place, issues and hint', () => {
    const error = new HeadgateError('invalid_request', 'the body is wrong', {
      hint: 'mend it',
      issues: [{ pointer: '/name', message: 'is missing' }],
    });
    expect(renderError(error, plain)).toBe('error: the body is wrong\n  /name: is missing\nhint: mend it\n');
  });

  it('writes file errors as compilers do, one line for each issue', () => {
    const record = {
      code: 'invalid_resource' as const,
      message: 'both',
      at: 'a.yaml:1:1',
      issues: [
        { pointer: '/spec/mode', message: 'spec.mode: must be one of a, b', at: 'a.yaml:3:5', hint: 'choose' },
        { pointer: '/spec/stream', message: 'is missing', at: 'a.yaml:2:1' },
      ],
    };
    expect(renderFileError(record, plain)).toBe(
      'a.yaml:3:5: error: spec.mode: must be one of a, b\n  hint: choose\na.yaml:2:1: error: spec.stream: is missing\n',
    );
  });
});

const plan: Static<typeof PlanView> = {
  hash: 'f'.repeat(64),
  revision: 'a'.repeat(40),
  changes: [
    {
      resource: 'Pipeline/default/orders',
      id: 'pl_1',
      action: 'update',
      effect: 'restart',
      paths: ['spec.schedule'],
      at: 'p.yaml:3',
    },
    { resource: 'Pipeline/default/old', id: 'pl_2', action: 'delete', effect: 'destructive', paths: [], at: null },
  ],
  summary: { create: 0, update: 1, delete: 1 },
  errors: [
    {
      code: 'invalid_resource',
      message: 'm',
      file: 'x.yaml',
      line: 1,
      column: 1,
      at: 'x.yaml:1:1',
      hint: null,
      issues: [{ pointer: '/spec', message: '<img src=x> | *bold*', at: 'x.yaml:1:1', hint: null }],
    },
  ],
  blocked: null,
};

describe('plans', () => {
  it('as a table', () => {
    const text = planTable(plan, testContext({ now: 0 }, false).context);
    expect(text).toContain('~ update  Pipeline/default/orders  restart      spec.schedule  p.yaml:3');
    expect(text).toContain('- delete  Pipeline/default/old');
    expect(text).toContain('0 to create, 1 to update, 1 to delete. 1 error: nothing is deleted meanwhile.');
  });

  it('as Markdown, in which no text from a file can do anything', () => {
    const text = planMarkdown(plan);
    expect(text).toContain(
      '| **update** | `Pipeline/default/orders` | restart: runners change over | `spec.schedule` | `p.yaml:3` |',
    );
    expect(text).toContain('- :x: `x.yaml:1:1` \\<img src=x\\> \\| \\*bold\\*');
    expect(planMarkdown({ ...plan, changes: [], errors: [], summary: { create: 0, update: 0, delete: 0 } })).toBe(
      '### Headgate plan\n\nNothing to do.\n',
    );
  });
});

describe('progress', () => {
  const run = (rows: number, stage: 'extract' | 'load' = 'extract', total: number | null = null) => ({
    status: 'running' as const,
    duration_ms: 1000,
    progress: { stage, rows_processed: rows, rows_total: total },
  });

  it('writes plain lines in a pipe: at a new stage, else every five seconds', () => {
    const time = { now: 0 };
    const { context, written } = testContext(time, false);
    const progress = new Progress(context);
    progress.update(run(0));
    for (time.now = 1000; time.now < 5000; time.now += 1000) progress.update(run(time.now));
    progress.update(run(10_000));
    progress.update(run(500, 'load', 1000));
    progress.print('a log line\n');
    progress.end();
    expect(written).toEqual([
      'err extract: 0 rows, 1.0s\n',
      'err extract: 10,000 rows, 2,000 rows/s, 1.0s\n',
      'err load: 500 of 1,000 rows, 1.0s\n',
      'out a log line\n',
    ]);
  });

  it('counts the speed from where a new attempt begins', () => {
    const time = { now: 0 };
    const { context, written } = testContext(time, false);
    const progress = new Progress(context);
    progress.update(run(10_000));
    time.now = 60_000;
    progress.update(run(1000));
    time.now = 65_000;
    progress.update(run(6000));
    expect(written).toEqual([
      'err extract: 10,000 rows, 1.0s\n',
      'err extract: 1,000 rows, 1.0s\n',
      'err extract: 6,000 rows, 1,000 rows/s, 1.0s\n',
    ]);
  });

  it('rewrites one line in a terminal, keeps log lines above it, and takes it away at the end', () => {
    const time = { now: 0 };
    const { context, written } = testContext(time, true);
    const progress = new Progress(context);
    progress.update(run(250, 'load', 1000));
    progress.print('a log line\n');
    progress.end();
    const bar = '\r\u001B[2K[██████░░░░░░░░░░░░░░░░░░]  25% load: 250 of 1,000 rows, 1.0s';
    expect(written).toEqual([`err ${bar}`, 'err \r\u001B[2K', 'out a log line\n', `err ${bar}`, 'err \r\u001B[2K']);
  });
});
