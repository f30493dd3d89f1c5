import type { Shape, Shapes } from '../shapes.ts';
import { GENERATED } from '../text.ts';

export function shapesFile(shapes: Shapes): string {
  const models = [...shapes.models].map(([model, fields]) => {
    const lines = fields.map(
      ({ wire, name, shape }) => `    ['${wire}', '${name}'${shape === null ? '' : `, ${shapeText(shape)}`}],\n`,
    );
    return `  ${model}: [\n${lines.join('')}  ],\n`;
  });
  return `// ${GENERATED}
import type { ModelShapes } from '../convert.ts';

/** Of each model the fields that are called otherwise on the wire, or hold such ones: name on the wire, name here, shape. */
export const MODELS: ModelShapes = {
${models.join('')}};
`;
}

export function shapeText(shape: Shape): string {
  if (typeof shape === 'string') return `'${shape}'`;
  if ('list' in shape) return `{ list: ${shapeText(shape.list)} }`;
  if ('map' in shape) return `{ map: ${shapeText(shape.map)} }`;
  return `{ any: [${shape.any.map(shapeText).join(', ')}] }`;
}
