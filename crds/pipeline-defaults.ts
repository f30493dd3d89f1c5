/** Defaults of a pipeline: the schemas show them, and the normal form fills them in. */
export const PIPELINE_DEFAULTS = {
  timeZone: 'UTC',
  concurrencyPolicy: 'Forbid',
  catchUp: 'latest',
  batch: { size: 100, interval: '1s' },
  retry: { attempts: 5, initial: '1s', max: '5m', jitter: true },
  limits: { eventsPerSecond: 10_000, timeout: '1h' },
  delivery: { concurrency: 1, order: 'all', whenPaused: 'accept' },
  history: { runs: 100, events: '7d', eventBytes: '10Gi' },
  replicas: 1,
} as const;

/** The name of the only source where it has none; SQL reads from it. */
export const DEFAULT_INPUT = 'input';

/** The name of a destination that has none, by its position from 0: `destination`, `destination-2`, ... */
export function destinationName(index: number): string {
  return index === 0 ? 'destination' : `destination-${index + 1}`;
}
