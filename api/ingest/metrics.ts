import { Counter, Histogram, type Registry } from 'prom-client';

/** Counts what the ingestion does. Numbers are added up here and read when somebody asks: a counter of the library costs more. */
export interface IngestMetrics {
  accepted(bytes: number): void;
  rejected(code: string, count?: number): void;
  appended(seconds: number): void;
}

export function ingestMetrics(registry: Registry): IngestMetrics {
  const total = { events: 0, bytes: 0 };
  const rejected = new Map<string, number>();
  const counter = (name: string, help: string, value: () => number): void => {
    const metric: Counter = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        metric.reset();
        metric.inc(value());
      },
    });
  };
  counter('headgate_ingest_events_total', 'Events that were accepted, repeated ones too.', () => total.events);
  counter('headgate_ingest_payload_chars_total', 'Characters of their payloads.', () => total.bytes);
  const refusals: Counter = new Counter({
    name: 'headgate_ingest_rejected_total',
    help: 'Events and whole requests with events that were rejected, by error code.',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      refusals.reset();
      for (const [code, count] of rejected) refusals.inc({ code }, count);
    },
  });
  const durations = new Histogram({
    name: 'headgate_ingest_append_seconds',
    help: 'How long the events of one request take to be durable.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  return {
    accepted(bytes) {
      total.events++;
      total.bytes += bytes;
    },
    rejected(code, count = 1) {
      rejected.set(code, (rejected.get(code) ?? 0) + count);
    },
    appended: (seconds) => durations.observe(seconds),
  };
}
