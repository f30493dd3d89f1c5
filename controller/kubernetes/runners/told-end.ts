/** How a run ended, in the termination message of its container: its runner could not tell the store (`runner/pod/untold-end.ts`). */
import { ERROR_CODES, type ErrorRecord } from '../../../foundation/errors.ts';
import type { IncrementalState, RunOutcome } from '../../../store/ports.ts';
import { isMap } from '../pods/merge.ts';

const STATUSES: readonly unknown[] = ['success', 'failed', 'cancelled'] satisfies RunOutcome['status'][];

/** Null where the message is anything else, such as the last lines of a log. */
export function toldEnd(message: string): RunOutcome | null {
  const told = parsed(message);
  const ended = isMap(told) ? told['runEnded'] : undefined;
  return isMap(ended) && isOutcome(ended) ? (ended as unknown as RunOutcome) : null;
}

function parsed(message: string): unknown {
  if (!message.startsWith('{"runEnded":')) return null;
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

function isOutcome(ended: Readonly<Record<string, unknown>>): boolean {
  const { status, finishedAt, rowsLoaded, outputFile, outputFileSize, error, warning, state } = ended;
  return (
    STATUSES.includes(status) &&
    isCount(finishedAt) &&
    isCount(rowsLoaded) &&
    (outputFile === undefined || typeof outputFile === 'string') &&
    (outputFileSize === undefined || isCount(outputFileSize)) &&
    (error === undefined || isError(error)) &&
    (warning === undefined || isError(warning)) &&
    (state === undefined || (isMap(state) && Object.values(state).every((of) => of === null || isState(of))))
  );
}

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function isError(value: unknown): value is ErrorRecord {
  const { code, message } = (isMap(value) ? value : {}) as Partial<ErrorRecord>;
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) && typeof message === 'string';
}

function isState(value: unknown): value is IncrementalState {
  if (!isMap(value)) return false;
  return ['origin', 'cursor', 'value', 'type'].every((name) => typeof value[name] === 'string');
}
