/** An event as the request describes it, whatever form it came in. */
export interface EventInput {
  /** Id or name; undefined where the query is to say it. */
  readonly pipeline_id?: string;
  readonly workspace?: string;
  readonly event_type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly idempotency_key?: string;
  readonly key?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}
