import type { Field, Method, Resource, Sdk, Type } from '../model.ts';
import { pascal, snake } from '../names.ts';
import { requiredOf, type Params } from '../params.ts';
import { usedModels } from '../reach.ts';
import { unionOf } from '../read/types.ts';
import type { Shapes } from '../shapes.ts';
import { docOf, GENERATED } from '../text.ts';
import { sentName } from './models.ts';
import { pythonName, pythonParams } from './names.ts';
import { operationText, operationName } from './operations.ts';
import { docstring, isNullable, typeText } from './types.ts';

/** What sync and async classes differ in. */
interface Flavour {
  readonly prefix: string;
  readonly def: string;
  readonly await: string;
  readonly paginator: string;
  readonly download: string;
  readonly iterator: string;
}

const SYNC: Flavour = {
  prefix: '',
  def: 'def',
  await: '',
  paginator: 'Paginator',
  download: 'Download',
  iterator: 'Iterator',
};
const ASYNC: Flavour = {
  prefix: 'Async',
  def: 'async def',
  await: 'await ',
  paginator: 'AsyncPaginator',
  download: 'AsyncDownload',
  iterator: 'AsyncIterator',
};
const PAGING = ['limit: Optional[int] = None', 'page_size: Optional[int] = None', 'cursor: Optional[str] = None'];

export function resourcesFile(sdk: Sdk, sent: Shapes, answered: Shapes): string {
  const inputName = sentName(usedModels(sdk));
  const operations = sdk.resources.flatMap(({ methods }) =>
    methods.map((method) => operationText(method, sent, answered)),
  );
  const classes = [SYNC, ASYNC].flatMap((flavour) => [
    ...sdk.resources.map((resource) => classText(resource, flavour, inputName)),
    rootText(sdk.resources, flavour),
  ]);
  return `# ${GENERATED}
from __future__ import annotations

from typing import Any, AsyncIterator, Dict, Iterator, List, Literal, Mapping, Optional, Sequence, Union, cast

from .._download import AsyncDownload, Download
from .._operation import UNSET, Operation, Unset
from .._options import RequestOptions, StreamOptions
from .._paging import AsyncPaginator, Paginator
from .._stream import ServerEvent
from .._transport import AsyncTransport, Transport
from . import models

API_VERSION = "${sdk.version}"
"""Of the API that this was made for."""

${operations.join('')}${classes.join('')}`;
}

function classText(resource: Resource, flavour: Flavour, inputName: (name: string) => string): string {
  const methods = resource.methods.map((method) => methodText(method, flavour, inputName));
  return `
class ${flavour.prefix}${pascal(resource.name)}:
    def __init__(self, transport: ${flavour.prefix}Transport) -> None:
        self._transport = transport
${methods.join('')}
`;
}

function rootText(resources: readonly Resource[], flavour: Flavour): string {
  const made = resources.map(
    ({ name }) => `        self.${snake(name)} = ${flavour.prefix}${pascal(name)}(transport)\n`,
  );
  return `
class ${flavour.prefix}Resources:
    """All resources of the API."""

    def __init__(self, transport: ${flavour.prefix}Transport) -> None:
${made.join('')}
`;
}

function methodText(method: Method, flavour: Flavour, inputName: (name: string) => string): string {
  const params = pythonParams(method);
  const path = method.path.map(({ wire }) => pythonName(wire));
  const whole = method.body?.fields === null;
  const sentType = (type: Type): string => typeText(type, (name) => `models.${inputName(name)}`, true);
  const answeredType = (type: Type): string => typeText(type, (name) => `models.${name}`, false);
  const keywords = keywordsOf(method, params, sentType);
  const paged = method.paging !== null && method.paging.in !== 'none';
  const signature = (more: readonly string[], options: string): string =>
    [
      'self',
      ...path.map((name) => `${name}: str`),
      ...(whole ? [`body: ${sentType(method.body.type)}`] : []),
      '*',
      ...keywords,
      ...more,
      `options: Optional[${options}] = None`,
      ...(params.open ? ['**more: Any'] : []),
    ].join(', ');
  const given = [...params.query.keys(), ...params.headers.keys(), ...params.body.keys()];
  const dictionary = [...given.map((name) => `"${name}": ${name}`), ...(params.open ? ['**more'] : [])];
  const call = [operationName(method), `(${path.map((name) => `${name}, `).join('')})`, `{${dictionary.join(', ')}}`];
  const name = pythonName(method.name);
  const doc = docstring(docOf(method), '        ');
  const text = (def: string, title: string, inside: string, answer: string, body: string): string =>
    `\n    ${def} ${title}(${inside}) -> ${answer}:\n${doc}        return ${body}\n`;
  const stream =
    method.events === null
      ? ''
      : text(
          'def',
          method.name === 'list' ? 'stream' : `stream_${name}`,
          signature([], 'StreamOptions'),
          `${flavour.iterator}[ServerEvent]`,
          `self._transport.stream(${call.join(', ')}, options)`,
        );
  if (method.paging !== null) {
    const paging = paged ? ', limit=limit, page_size=page_size, cursor=cursor' : '';
    const answer = `${flavour.paginator}[${answeredType(method.paging.item)}]`;
    const body = `self._transport.list(${call.join(', ')}, options${paging})`;
    return text('def', name, signature(paged ? PAGING : [], 'RequestOptions'), answer, body) + stream;
  }
  if (method.answer.form === 'raw') {
    const body = `${flavour.await}self._transport.download(${call.join(', ')}, options)`;
    return text(flavour.def, name, signature([], 'RequestOptions'), flavour.download, body) + stream;
  }
  const types = Object.values(method.answer.byStatus);
  const answer = types.length === 0 ? 'None' : answeredType(unionOf(types));
  const body = `cast("${answer.replaceAll('"', "'")}", ${flavour.await}self._transport.call(${call.join(', ')}, options${whole ? ', body' : ''}))`;
  return text(flavour.def, name, signature([], 'RequestOptions'), answer, body) + stream;
}

/** Those that must be given first. What may be null and may be left out tells the two apart. */
function keywordsOf(method: Method, params: Params, sentType: (type: Type) => string): readonly string[] {
  const required = new Set(requiredOf(method, params));
  const all: readonly (readonly [string, Field])[] = [...params.query, ...params.headers, ...params.body];
  return all
    .toSorted(([one], [other]) => Number(required.has(other)) - Number(required.has(one)))
    .map(([name, { type }]) => {
      if (required.has(name)) return `${name}: ${sentType(type)}`;
      return isNullable(type) && params.body.has(name)
        ? `${name}: Union[${sentType(type)}, Unset] = UNSET`
        : `${name}: Optional[${sentType(type)}] = None`;
    });
}
