import type { ErrorRecord } from '../../../foundation/errors.ts';
import type { HostedState } from '../../../runner/host-protocol.ts';
import type { BlobEntry, Blobs } from '../../../store/blob-ports.ts';
import { REPORTS } from './names.ts';

/** What a Pod says of the stream that it runs. */
export interface Report {
  readonly pod: string;
  readonly state: HostedState;
  /** Of the assignment that it works on. */
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly error?: ErrorRecord;
  /** From then on it says nothing any more: the Pod would have renewed it. */
  readonly expiresAt: number;
}

/** One report, by its blob `stream-state/<pipeline id>/<Pod>`. Null for what is none: other versions may write otherwise. */
export function parseReport({
  name,
  bytes,
  expiresAt,
}: BlobEntry): { readonly pipelineId: string; readonly report: Report } | null {
  const [, pipelineId, pod] = name.split('/');
  if (bytes === null || pipelineId === undefined || pod === undefined) return null;
  try {
    const { state, hash, since, error } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Report>;
    if (typeof state !== 'string' || typeof hash !== 'string' || typeof since !== 'number') return null;
    const report = { pod, state, hash, since, expiresAt, ...(error === undefined ? {} : { error }) };
    return { pipelineId, report };
  } catch {
    return null;
  }
}

/** The reports of all Pods of streams, as they were when somebody last looked. */
export class Reports {
  readonly #blobs: Pick<Blobs, 'list'>;
  #kept = new Map<string, Map<string, Report>>();

  constructor(blobs: Pick<Blobs, 'list'>) {
    this.#blobs = blobs;
  }

  /** By Pod; without those that ran out. */
  of(pipelineId: string, now: number): ReadonlyMap<string, Report> {
    return new Map([...(this.#kept.get(pipelineId) ?? [])].filter(([, { expiresAt }]) => now < expiresAt));
  }

  /** Reads those of all streams. */
  async lookAtAll(now: number): Promise<void> {
    this.#kept = grouped(await this.#blobs.list(REPORTS, now));
  }

  async lookAt(pipelineId: string, now: number): Promise<void> {
    const found = grouped(await this.#blobs.list(`${REPORTS}${pipelineId}/`, now));
    this.#kept.set(pipelineId, found.get(pipelineId) ?? new Map());
  }
}

function grouped(entries: readonly BlobEntry[]): Map<string, Map<string, Report>> {
  const groups = new Map<string, Map<string, Report>>();
  for (const entry of entries) {
    const parsed = parseReport(entry);
    if (parsed === null) continue;
    const group = groups.get(parsed.pipelineId) ?? new Map<string, Report>();
    groups.set(parsed.pipelineId, group.set(parsed.report.pod, parsed.report));
  }
  return groups;
}
