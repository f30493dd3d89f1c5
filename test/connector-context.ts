/** A context for connector tests: the engine's own retry with short waits, and the loopback allowed. */
import type { ConnectorContext, Extract, Row } from '../runner/ports.ts';
import { withRetry } from '../runner/engine/retry.ts';

export interface TestContext extends ConnectorContext {
  /** What was logged, as `level message`. */
  readonly lines: readonly string[];
}

export interface TestContextOptions {
  readonly signal?: AbortSignal;
  readonly attempts?: number;
  readonly allow?: readonly string[];
}

export function testContext(options: TestContextOptions = {}): TestContext {
  const signal = options.signal ?? AbortSignal.timeout(20_000);
  const lines: string[] = [];
  const log: ConnectorContext['log'] = (level, message) => void lines.push(`${level} ${message}`);
  const noFiles = (): never => {
    throw new Error('this connector should use no files');
  };
  return {
    signal,
    log,
    lines,
    scratch: '/nonexistent',
    resolvePath: noFiles,
    resolveFiles: noFiles,
    retry: (what, work) =>
      withRetry(what, work, {
        policy: { attempts: options.attempts ?? 3, initial: 5, max: 5000, jitter: false },
        signal,
        log,
      }),
    progress: () => undefined,
    network: { allow: options.allow ?? ['127.0.0.0/8', '::1/128'] },
  };
}

/** All rows of an extract of form `rows`. */
export async function rowsOf(extract: Extract): Promise<Row[]> {
  if (extract.form !== 'rows') throw new Error(`the extract has the form ${extract.form}`);
  const rows: Row[] = [];
  for await (const batch of extract.batches) rows.push(...batch);
  return rows;
}
