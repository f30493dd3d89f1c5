/** A request that carries an `Idempotency-Key`. */
export interface AnswerWish {
  /** Whose key it is. Keys of different owners have nothing to do with each other. */
  readonly owner: string;
  readonly key: string;
  /** What is asked for, as a hash: the same key for something else is a mistake. */
  readonly request: string;
  /** Unique for each request. */
  readonly holder: string;
  readonly now: number;
  /** Until when nobody else may begin, unless it is renewed: a holder that died frees the key then. */
  readonly leaseUntil: number;
}

export type Reservation =
  /** The caller is to do it, and then to `keep` or `release`. */
  | { readonly form: 'reserved' }
  /** It was done: what was kept. */
  | { readonly form: 'kept'; readonly answer: string }
  /** Somebody is at it. */
  | { readonly form: 'running' }
  /** The key stands for another request. */
  | { readonly form: 'other' }
  /** The owner has `MAX_ANSWERS` keys already. */
  | { readonly form: 'full' };

/** Answers to writes, so that a repeated one is not done twice. */
export interface Answers {
  reserve(wish: AnswerWish): Promise<Reservation>;
  /** False when the reservation is not the holder's any more. */
  renew(wish: AnswerWish, leaseUntil: number): Promise<boolean>;
  /** Keeps the answer until `until`. False when the reservation is not the holder's any more. */
  keep(wish: AnswerWish, answer: string, until: number): Promise<boolean>;
  /** Frees the key. Nothing happens when it is not the holder's, or has its answer. */
  release(wish: AnswerWish): Promise<void>;
  /** Deletes what has run out; answers how many. Not one transaction. */
  prune(now: number): Promise<number>;
}

/** Keys of one owner at a time. */
export const MAX_ANSWERS = 10_000;
