/**
 * A pattern as a small program that follows all possible matches at once (K. Thompson, Regular Expression Search Algorithm,
 * CACM 11:6, 1968; https://swtch.com/~rsc/regexp/regexp2.html). No text makes it go back.
 */
import { ASCII, type CharacterSet, type Invalid } from './characters.ts';
import type { Assertion, Pattern } from './parse.ts';

type Instruction =
  | { readonly op: 'set'; readonly set: CharacterSet }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'match' };

export interface Program {
  readonly code: readonly Instruction[];
  /** For each instruction, the last position at which it was reached. */
  readonly seen: Int32Array;
  /** The ASCII characters that a match can begin with; null where it can begin without looking at one. */
  readonly starts: Uint8Array | null;
  /** Whether a match can begin at the begin of the text only. */
  readonly anchored: boolean;
}

const MAX_INSTRUCTIONS = 10_000;

export function compileProgram(pattern: Pattern, invalid: Invalid): Program {
  const code: Instruction[] = [];
  emit(pattern, code, invalid);
  code.push({ op: 'match' });
  const first = firstOf(code);
  return {
    code,
    seen: new Int32Array(code.length),
    starts: startsOf(first),
    anchored: first.every((instruction) => instruction.op === 'assert' && instruction.assertion === 'begin'),
  };
}

/** The instructions that a match can begin with. */
function firstOf(code: readonly Instruction[]): readonly Instruction[] {
  const reached = new Set<number>([0]);
  for (const pc of reached) {
    const instruction = code[pc]!;
    if (instruction.op === 'split') reached.add(instruction.first).add(instruction.second);
  }
  return [...reached].map((pc) => code[pc]!).filter((instruction) => instruction.op !== 'split');
}

function startsOf(first: readonly Instruction[]): Uint8Array | null {
  const starts = new Uint8Array(ASCII);
  for (const instruction of first) {
    if (instruction.op !== 'set') return null;
    for (const [code, member] of instruction.set.ascii.entries()) if (member === 1) starts[code] = 1;
  }
  return starts;
}

/** Appends the instructions of a pattern; what follows them is what stands behind it. */
function emit(pattern: Pattern, code: Instruction[], invalid: Invalid): void {
  if (code.length > MAX_INSTRUCTIONS) throw invalid('the pattern is too large');
  switch (pattern.kind) {
    case 'set':
      code.push({ op: 'set', set: pattern.set });
      return;
    case 'assert':
      code.push({ op: 'assert', assertion: pattern.assertion });
      return;
    case 'sequence':
      for (const part of pattern.parts) emit(part, code, invalid);
      return;
    case 'choice':
      emitChoice(pattern.parts, code, invalid);
      return;
    case 'repeat':
      emitRepeat(pattern, code, invalid);
  }
}

/** A split whose two ways both lead to the next instruction until they are set. */
function split(code: Instruction[]): { first: number; second: number } {
  const instruction: Instruction = { op: 'split', first: code.length + 1, second: code.length + 1 };
  code.push(instruction);
  return instruction;
}

function emitChoice(parts: readonly Pattern[], code: Instruction[], invalid: Invalid): void {
  const ends: { first: number; second: number }[] = [];
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const fork = last ? null : split(code);
    emit(part, code, invalid);
    if (!last) ends.push(split(code));
    if (fork !== null) fork.second = code.length;
  }
  for (const end of ends) end.first = end.second = code.length;
}

function emitRepeat(
  { part, min, max }: { readonly part: Pattern; readonly min: number; readonly max: number },
  code: Instruction[],
  invalid: Invalid,
): void {
  for (let count = 0; count < min; count++) emit(part, code, invalid);
  if (max === Infinity) {
    const start = code.length;
    const fork = split(code);
    emit(part, code, invalid);
    const back = split(code);
    back.first = back.second = start;
    fork.second = code.length;
    return;
  }
  const forks = Array.from({ length: max - min }, () => {
    const fork = split(code);
    emit(part, code, invalid);
    return fork;
  });
  for (const fork of forks) fork.second = code.length;
}

const isWord = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;

function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case 'begin':
      return before === -1;
    case 'end':
      return after === -1;
    case 'boundary':
      return isWord(before) !== isWord(after);
    case 'inside':
      return isWord(before) === isWord(after);
  }
}

/** Whether the program matches anywhere in the text. */
export function search({ code, seen, starts, anchored }: Program, text: string): boolean {
  seen.fill(-1);
  let current: number[] = [];
  let next: number[] = [];
  let before = -1;
  for (let at = 0; ;) {
    const after = at < text.length ? text.codePointAt(at)! : -1;
    if (anchored ? at === 0 : starts === null || after >= ASCII || starts[after] === 1) current.push(0);
    else if (anchored && current.length === 0) return false;
    for (let index = 0; index < current.length; index++) {
      const pc = current[index]!;
      if (seen[pc] === at) continue;
      seen[pc] = at;
      const instruction = code[pc]!;
      if (instruction.op === 'match') return true;
      if (instruction.op === 'split') current.push(instruction.first, instruction.second);
      else if (instruction.op === 'set') {
        if (after !== -1 && (after < ASCII ? instruction.set.ascii[after] === 1 : instruction.set.has(after)))
          next.push(pc + 1);
      } else if (holds(instruction.assertion, before, after)) current.push(pc + 1);
    }
    if (after === -1) return false;
    [current, next] = [next, current];
    next.length = 0;
    before = after;
    at += after > 0xffff ? 2 : 1;
  }
}
