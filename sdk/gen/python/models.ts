import type { ErrorCode, Model } from '../model.ts';
import { fieldNames } from '../names.ts';
import type { Shapes } from '../shapes.ts';
import { GENERATED } from '../text.ts';
import { pythonName } from './names.ts';
import { docstring, shapeText, typeText } from './types.ts';

/** What a model is called where it is sent: a dictionary, which is not the class that answers are made of. */
export function sentName(models: readonly Model[]): (name: string) => string {
  const both = new Set(models.filter(({ input, output }) => input && output).map(({ name }) => name));
  return (name) => (both.has(name) ? `${name}Input` : name);
}

export function modelsFile(
  models: readonly Model[],
  errorCodes: readonly ErrorCode[],
  sent: Shapes,
  answered: Shapes,
): string {
  const classes = models.filter(({ output }) => output).map((model) => classText(model, answered));
  const inputName = sentName(models);
  const dictionaries = models.filter(({ input }) => input).map((model) => dictionaryText(model, inputName));
  const registered = models.filter(({ output }) => output).map(({ name }) => `    "${name}": ${name},\n`);
  const inputs = [...sent.models].map(
    ([name, fields]) =>
      `    "${name}": {\n${fields.map((field) => `        "${field.name}": ("${field.wire}", ${shapeText(field.shape)}),\n`).join('')}    },\n`,
  );
  return `# ${GENERATED}
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Literal, Mapping, Optional, Sequence, Type, TypedDict, Union

from .._model import Fields, Model

__all__ = [
    "ErrorCode",
${models.map(({ name, output }) => `    "${output ? name : inputName(name)}",\n`).join('')}]

ErrorCode = Literal[
${errorCodes.map(({ code }) => `    "${code}",\n`).join('')}]
"""What \`code\` of an error can be; a newer server may know more."""

${classes.join('')}${dictionaries.join('')}
MODELS: Dict[str, Type[Model]] = {
${registered.join('')}}
"""What answers are made of, by name."""

SENT: Dict[str, Fields] = {
${inputs.join('')}}
"""Of what is sent, the fields that are called otherwise on the wire, or hold such ones."""
`;
}

function classText(model: Model, shapes: Shapes): string {
  const names = fieldNames(model.fields, pythonName);
  const fields = model.fields.map(({ wire, type, required, description }) => {
    const text = typeText(type, (name) => name, false);
    return `    ${names.get(wire)}: ${required ? text : `Optional[${text}]`}\n${docstring(description, '    ')}`;
  });
  const table = shapes.models
    .get(model.name)!
    .map(({ wire, name, shape }) => `        "${wire}": ("${name}", ${shapeText(shape)}),\n`);
  return `
@dataclass(frozen=True)
class ${model.name}(Model):
${docstring(model.description, '    ')}${model.description === '' ? '' : '\n'}${fields.join('')}
    _fields: ClassVar[Fields] = {
${table.join('')}    }
    _required: ClassVar[Sequence[str]] = (${model.fields
      .filter(({ required }) => required)
      .map(({ wire }) => `"${wire}", `)
      .join('')})

`;
}

/** Two classes, as Python 3.9 knows it: what must be there, and what may. */
function dictionaryText(model: Model, inputName: (name: string) => string): string {
  const names = fieldNames(model.fields, pythonName);
  const lines = (required: boolean): string =>
    model.fields
      .filter((field) => field.required === required)
      .map(
        ({ wire, type, description }) =>
          `    ${names.get(wire)}: ${typeText(type, inputName, true)}\n${docstring(description, '    ')}`,
      )
      .join('');
  const name = inputName(model.name);
  const doc = docstring(model.description, '    ') || '    """What is sent."""\n';
  return `
class _${name}Required(TypedDict):
${lines(true) || '    pass\n'}

class ${name}(_${name}Required, total=False):
${doc}
${lines(false)}
`;
}
