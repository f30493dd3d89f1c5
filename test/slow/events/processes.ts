import { readFileSync } from 'node:fs';

export interface ChildInfo {
  readonly pid: number;
  readonly command: string;
}

/** The processes that a process has started and that still run (Linux). */
export function childrenOf(pid: number): readonly ChildInfo[] {
  return read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter(Boolean)
    .map((child) => ({ pid: Number(child), command: read(`/proc/${child}/cmdline`).replaceAll('\0', ' ') }));
}

/** Empty when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A small seeded generator (Tommy Ettinger's mulberry32), so that a failing round can be had again. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
