import type { ErrorCode, Field, Model, Type } from '../model.ts';
import { camel, fieldNames } from '../names.ts';
import { docOf, GENERATED, wrapped } from '../text.ts';

export function modelsFile(models: readonly Model[], errorCodes: readonly ErrorCode[]): string {
  const codes = errorCodes.map(({ code, title }) => `  /** ${title} */\n  | '${code}'`).join('\n');
  return `// ${GENERATED}

/** What \`code\` of an error can be; a newer server may know more. */
export type ErrorCode =
${codes};
${models.map(interfaceOf).join('')}`;
}

function interfaceOf(model: Model): string {
  const names = fieldNames(model.fields, camel);
  const fields = model.fields.map((field) => fieldLine(names.get(field.wire)!, field, field.required));
  return `\n${comment(model.description)}export interface ${model.name} {\n${fields.join('')}}\n`;
}

export function fieldLine(
  name: string,
  { type, description }: Omit<Field, 'wire' | 'required'>,
  required: boolean,
): string {
  return `${comment(description, '  ')}  ${name}${required ? '' : '?'}: ${typeText(type)};\n`;
}

const SIMPLE: Readonly<Record<string, string>> = { integer: 'number' };

export function typeText(type: Type): string {
  switch (type.kind) {
    case 'literal':
      return type.values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(' | ');
    case 'list': {
      const of = typeText(type.of);
      return type.of.kind === 'union' || type.of.kind === 'literal' ? `(${of})[]` : `${of}[]`;
    }
    case 'map':
      return `Record<string, ${typeText(type.of)}>`;
    case 'model':
      return type.name;
    case 'union':
      return type.of.map(typeText).join(' | ');
    default:
      return SIMPLE[type.kind] ?? type.kind;
  }
}

export function comment(text: string, indent = ''): string {
  if (text === '') return '';
  const lines = wrapped(text.replaceAll('*/', '*\\/'), 110 - indent.length);
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}

export const methodComment = (method: { readonly summary: string; readonly description: string }): string =>
  comment(docOf(method), '  ');
