import type { ErrorRecord } from '../../foundation/errors.ts';

export type ChangeAction = 'create' | 'update' | 'delete';
/** live: nothing stops; restart: runners of the resource change over; destructive: something ceases to exist. */
export type ChangeEffect = 'live' | 'restart' | 'destructive';

/** One line of a plan. Names field paths, never values: settings hold secrets (invariant 6). */
export interface Change {
  /** `Pipeline/default/orders` */
  readonly resource: string;
  readonly id: string;
  readonly action: ChangeAction;
  readonly effect: ChangeEffect;
  /** Dotted paths of the fields that differ, such as `spec.schedule`; empty for create and delete. */
  readonly paths: readonly string[];
  /** `file:line` of the declaration, for create and update. */
  readonly at?: string;
}

/** What a sync would do, or did. Made by the pure function `plan()`; apply walks `changes` in this order. */
export interface Plan {
  /** Hex SHA-256 over the changes and the content they lead to. */
  readonly hash: string;
  /** The commit that the declared side came from; null for resources given by hand. */
  readonly revision: string | null;
  readonly changes: readonly Change[];
  /** Problems of files and resources. While there are any, nothing is deleted (invariant 4). */
  readonly errors: readonly ErrorRecord[];
  /** Why apply would wait for consent, if it would. */
  readonly blocked: ErrorRecord | null;
}
