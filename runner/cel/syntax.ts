import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { HeadgateError } from '../../foundation/errors.ts';

export type Node = ASTNode;

/** Bounds on one expression, far above what people write. */
const LIMITS = { maxAstNodes: 5000, maxDepth: 100, maxListElements: 1000, maxMapEntries: 1000, maxCallArguments: 32 };

/** Parses an expression; a syntax error is `invalid_transform` with its place. */
export function parseExpression(text: string, at: string): Node {
  try {
    return new Environment({ limits: LIMITS }).parse(text).ast;
  } catch (error) {
    const { summary, range } = error as { summary?: string; range?: { start: number } };
    const place = range === undefined ? '' : ` at ${position(text, range.start)}`;
    throw new HeadgateError('invalid_transform', `${at}: ${summary ?? 'not a CEL expression'}${place}`, {
      hint: hintFor(summary ?? ''),
    });
  }
}

function hintFor(summary: string): string | undefined {
  if (!summary.startsWith('Reserved identifier') && summary !== 'Unexpected token: IN') return undefined;
  return 'CEL reserves this word; a column of that name is record["name"].';
}

/** `line:column`, both from 1. */
export function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${before.at(-1)!.length + 1}`;
}
