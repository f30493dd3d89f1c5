/**
 * Names of the parts of a stream: `2026-11-21T13-00-00Z-<id of the first event>.ndjson`. They sort by time, and tell which
 * pipeline they are of.
 */
import { readdir } from 'node:fs/promises';
import { parseEventId, pipelineTag } from '../../../../store/event-id.ts';

const PART = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-(ev_[0-9a-z]{26})(?:-\d+)?$/;
const STAGING = 'staging';

/** A name without its ending. `again` counts those that are taken. */
export function partName(now: number, firstId: string, again: number): string {
  const time = `${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  return `${time}-${firstId.replaceAll(/[^\w-]/g, '_')}${again === 0 ? '' : `-${again}`}`;
}

/** When a part was begun, in epoch milliseconds. */
export function partTime(name: string): number {
  const [day = '', time = ''] = name.slice(0, 19).split('T');
  return Date.parse(`${day}T${time.replaceAll('-', ':')}Z`);
}

/** A part whose form is not made yet. The token is there once somebody has begun to make it: others leave it alone. */
export interface Staged {
  /** The name that it will have. */
  readonly name: string;
  readonly token: string | null;
}

/** The hidden file of such a part. It has the pipeline in it, so that none takes another's. */
export const stagingName = ({ name, token }: Staged, pipelineId: string): string =>
  `.${name}.${pipelineId}${token === null ? '' : `.${token}`}.${STAGING}`;

/** Parts of this pipeline that have such an ending, oldest first. */
export async function partsOf(folder: string, extension: string, pipelineId: string): Promise<readonly string[]> {
  const tag = pipelineTag(pipelineId);
  return (await namesIn(folder)).filter((name) => {
    if (!name.endsWith(`.${extension}`)) return false;
    const [, id] = PART.exec(name.slice(0, -extension.length - 1)) ?? [];
    return id !== undefined && parseEventId(id)?.tag === tag;
  });
}

/** The parts that this pipeline has begun and not completed, oldest first. */
export async function stagedIn(folder: string, extension: string, pipelineId: string): Promise<readonly Staged[]> {
  const middle = `.${extension}.${pipelineId}`;
  return (await namesIn(folder)).flatMap((hidden): Staged[] => {
    const at = hidden.indexOf(`${middle}.`);
    if (!hidden.startsWith('.') || at === -1) return [];
    const [, token] = /^(?:\.([0-9a-f]{8}))?\.staging$/.exec(hidden.slice(at + middle.length)) ?? [null];
    return token === null ? [] : [{ name: hidden.slice(1, at + 1 + extension.length), token: token ?? null }];
  });
}

/** Sorted; none where there is no folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
