/** Single records that an answer names as refused. */
import type { FailedRecord } from '../../ports.ts';
import type { Answer } from '../http/client.ts';
import { jsonOf } from './answer-body.ts';
import type { CompiledAction } from './manifest.ts';
import { textOf, type Scope } from './template.ts';

/** Characters of what is said of a record. */
const MAX_REASON = 1000;

/**
 * The records that the answer `text` to a request of `sent` records refuses, by their position in the request. Throws for
 * what cannot be understood: then nothing is known of any record.
 */
export function refusedIn(
  answer: Omit<Answer, 'body'>,
  text: string,
  given: { readonly errors: NonNullable<CompiledAction['errors']>; readonly sent: number; readonly settings: Scope },
): readonly FailedRecord[] {
  const { errors, sent, settings } = given;
  const body = jsonOf(text);
  if (body === null) throw new TypeError('it is not JSON');
  const list = errors.list({ status: BigInt(answer.status), headers: answer.headers, body, settings }) ?? [];
  if (!Array.isArray(list)) throw new TypeError('the errors are no list');
  const refused = list.flatMap((error: unknown): FailedRecord[] => {
    const scope = { error, settings };
    const reason = textOf(errors.message(scope)) || 'refused without a reason';
    const retryable = errors.retry?.(scope) === true;
    const places = placesOf(errors.index(scope), sent);
    if (places === null) throw new TypeError(`an error names no record of the request: ${reason.slice(0, 300)}`);
    return places.map((index) => ({ index, reason, retryable }));
  });
  return oneOfEach(refused);
}

/** The positions that an error names: one, or a list of them. Null where one of them is none of the request. */
function placesOf(named: unknown, sent: number): readonly number[] | null {
  const places: readonly unknown[] = Array.isArray(named) ? named : [named];
  const found = places.map((place) => (place === null || place === '' ? -1 : Number(place)));
  const known = found.every((place) => Number.isInteger(place) && place >= 0 && place < sent);
  return known && found.length > 0 ? found : null;
}

/** Each record once, with all that is said of it; it may pass later only where all of that may. */
function oneOfEach(refused: readonly FailedRecord[]): readonly FailedRecord[] {
  const byIndex = new Map<number, FailedRecord>();
  for (const each of refused) {
    const other = byIndex.get(each.index);
    const reason = (other === undefined ? each.reason : `${other.reason}; ${each.reason}`).slice(0, MAX_REASON);
    byIndex.set(each.index, { ...each, reason, retryable: each.retryable && (other?.retryable ?? true) });
  }
  return [...byIndex.values()].toSorted((a, b) => a.index - b.index);
}
