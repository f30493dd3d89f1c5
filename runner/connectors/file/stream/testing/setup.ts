/** For tests: a context of a stream over one folder, and records. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { eventId, pipelineTag } from '../../../../../store/event-id.ts';
import type { ConnectorContext, Row, StreamRecord, StreamWriteRequest } from '../../../../ports.ts';

export const PIPELINE = 'pl_test';

export const request = (pipelineId = PIPELINE): StreamWriteRequest => ({
  mode: 'append',
  key: [],
  include: [],
  pipelineId,
});

export function contextIn(folder: string, log: string[] = []): ConnectorContext {
  return {
    signal: new AbortController().signal,
    log: (_level, message) => log.push(message),
    scratch: mkdtempSync(join(folder, '.scratch-')),
    resolvePath: (path) => join(folder, path),
    resolveFiles: () => [],
    retry: (_what, work) => work(),
    progress: () => undefined,
    network: { allow: [] },
  };
}

/** Records with the numbers from `from` on, of events with those offsets. */
export function records(from: number, count: number, more: Row = {}): readonly StreamRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const offset = from + index;
    const id = eventId(1_790_000_000_000, pipelineTag(PIPELINE), offset);
    return {
      row: { n: offset, text: `record ${offset}`, ...more },
      event: { id, type: 'test', key: null, receivedAt: 0, replay: null },
    };
  });
}
