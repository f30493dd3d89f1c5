import pino from 'pino';

export type Logger = pino.Logger;

/** Fields whose value never reaches a log, wherever they stand at the first two levels (invariant 6). */
const REDACTED = ['password', 'secret', 'token', 'authorization', 'apiKey', 'url', 'settings'].flatMap((field) => [
  field,
  `*.${field}`,
]);

export interface LogOptions {
  readonly level?: string;
  /** Bound to every line, such as `{module: 'sync'}`. */
  readonly base?: Record<string, unknown>;
  readonly destination?: pino.DestinationStream;
}

/** One JSON object a line on standard error (or `destination`); standard output stays free for results. */
export function createLogger(options: LogOptions = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: options.base ?? {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

/** A logger that writes nothing: for tests and for commands whose output is their result. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
