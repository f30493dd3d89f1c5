/** What the server or the socket threw, for streams: who is at fault, and whether waiting helps. */
import { HeadgateError } from '../../../foundation/errors.ts';
import { isRetryable, postgresError, sqlState, type AsError } from './errors.ts';

/** A full disk, a statement that took too long, a standby that has not taken over yet: waiting helps, or a person does. */
const WAITING = ['53100', '57014', '25006'];
/** The table was changed or dropped by somebody else since we looked: another try looks again. */
const CHANGED = ['42P01', '42703', '3F000'];
/** Data, constraints, ON CONFLICT meeting a row twice, views' checks, limits of one value, and what triggers raise. */
const REFUSALS = /^(?:2[123]|44|54|P0001)/;

/** Whether the record is at fault. */
export const isRecordRefusal = (error: unknown): boolean => REFUSALS.test(sqlState(error) ?? '');

/** As `StreamWriter.write` asks for. Everything that did not come from the server came from the connection. */
export const streamError: AsError = (error, side, what, secrets) => {
  const made = postgresError(error, side, what, secrets);
  if (made === error) return made;
  const state = sqlState(error);
  const waits = state === undefined ? !isMistake(error) : isRetryable(error) || WAITING.includes(state);
  const hint = made.hint === undefined ? {} : { hint: made.hint };
  if (waits) return new HeadgateError('destination_unreachable', made.message, { retryable: true, ...hint });
  const retryable = state !== undefined && CHANGED.includes(state);
  return new HeadgateError(side, made.message, { retryable, ...hint });
};

/** Our own: no connection throws these. */
const isMistake = (error: unknown): boolean => error instanceof TypeError || error instanceof RangeError;
