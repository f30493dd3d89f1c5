import { jsonLine } from '../../../engine/stage-inferred.ts';
import type { Row, StreamRecord } from '../../../ports.ts';

/** Records as lines of JSON, each with its line break. */
export function linesOf(records: readonly StreamRecord[]): Buffer {
  const lines = records.map(({ row }) => (isPlain(row) ? JSON.stringify(row) : jsonLine(row)));
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Whether JSON has a form for all of it: long integers and bytes need care, which takes five times as long. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return value.every(isPlainMember);
  if (value instanceof Uint8Array) return false;
  for (const key in value) if (!isPlainMember((value as Row)[key])) return false;
  return true;
}

const isPlainMember = (member: unknown): boolean =>
  typeof member !== 'bigint' && (member === null || typeof member !== 'object' || isPlain(member));
