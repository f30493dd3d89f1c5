import type { Type } from '../model.ts';
import type { Shape } from '../shapes.ts';
import { wrapped } from '../text.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  null: 'None',
  unknown: 'Any',
};

/** How a type is written; `modelName` says what a model is called there. Lists that are sent may be any sequence. */
export function typeText(type: Type, modelName: (name: string) => string, sent: boolean): string {
  const inner = (of: Type): string => typeText(of, modelName, sent);
  switch (type.kind) {
    case 'literal':
      return `Literal[${type.values.map((value) => (typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value))).join(', ')}]`;
    case 'list':
      return `${sent ? 'Sequence' : 'List'}[${inner(type.of)}]`;
    case 'map':
      return `${sent ? 'Mapping' : 'Dict'}[str, ${inner(type.of)}]`;
    case 'model':
      return modelName(type.name);
    case 'union':
      return `Union[${type.of.map(inner).join(', ')}]`;
    default:
      return SIMPLE[type.kind]!;
  }
}

export function isNullable(type: Type): boolean {
  return type.kind === 'null' || (type.kind === 'union' && type.of.some(({ kind }) => kind === 'null'));
}

export function shapeText(shape: Shape | null): string {
  if (shape === null) return 'None';
  if (typeof shape === 'string') return `"${shape}"`;
  if ('list' in shape) return `("list", ${shapeText(shape.list)})`;
  if ('map' in shape) return `("map", ${shapeText(shape.map)})`;
  return `("any", (${shape.any.map(shapeText).join(', ')},))`;
}

export function docstring(text: string, indent: string): string {
  if (text === '') return '';
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"""', "'''");
  const lines = wrapped(safe, 96 - indent.length);
  const last = lines.at(-1)!;
  // A quotation mark at the end would run into those that close it.
  const end = last.endsWith('"') ? `${last} ` : last;
  if (lines.length === 1) return `${indent}"""${end}"""\n`;
  return `${indent}"""${lines[0]}\n${lines
    .slice(1)
    .map((line) => (line === '' ? '\n' : `${indent}${line}\n`))
    .join('')}${indent}"""\n`;
}
