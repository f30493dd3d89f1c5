/**
 * What is known of the end of a change. `begun`: it was under way when it was last heard of, so that it may or may not have
 * happened; `done`; `refused`: answered with an error of the caller, nothing changed; `failed`: an error of the server, after
 * which a part may have happened.
 */
export const AUDIT_OUTCOMES = ['begun', 'done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** What is known of a change when it has ended. */
export interface AuditEnd {
  readonly outcome: AuditOutcome;
  /** The HTTP status; null where none was answered. */
  readonly status: number | null;
  /** Of the error. */
  readonly code: string | null;
  /** As it was addressed, such as `pipelines/orders`. */
  readonly resource: string | null;
  readonly workspace: string | null;
  /** The Git commit that it became. */
  readonly revision: string | null;
  readonly branch: string | null;
}

/** Who changed what, and when. Never what was sent. */
export interface AuditRecord extends AuditEnd {
  /** Sorts by time of creation. */
  readonly id: string;
  readonly at: number;
  /** Where it was asked for: `api`, `cli` (a command that works on the store itself), `server` (at its start). */
  readonly via: 'api' | 'cli' | 'server';
  /** Id and name of the token; null outside of the API. */
  readonly actorId: string | null;
  readonly actor: string;
  readonly requestId: string | null;
  /** The id of the route, or the name of the command. */
  readonly action: string;
  /** The address of the caller. */
  readonly address: string | null;
}

export interface AuditFilter {
  /** Id or name of the token. */
  readonly actor?: string;
  readonly action?: string;
  /** This resource, and everything below it. */
  readonly resource?: string;
  /** Of any of these; an empty list lets nothing through. Left out: all, and those of no workspace. */
  readonly workspaces?: readonly string[];
  /** At or after. */
  readonly from?: number;
  /** Before. */
  readonly to?: number;
  readonly limit: number;
  /** Continue after this record. */
  readonly after?: { readonly at: number; readonly id: string };
}

/** The record of changes. */
export interface Audit {
  append(record: AuditRecord): Promise<void>;
  /** Notes the end of a change. Nothing happens when its record is gone. */
  end(id: string, end: AuditEnd): Promise<void>;
  /** Newest first; among equal times by id. */
  list(filter: AuditFilter): Promise<readonly AuditRecord[]>;
  /**
   * Deletes what is from before `before`, and all but the newest `keep`: of `refused` records and of the others, so that
   * nobody pushes out changes with requests that are refused. Answers how many. Not one transaction.
   */
  prune(before: number, keep: number): Promise<number>;
}
