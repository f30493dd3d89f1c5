import type { Method, Sdk } from '../model.ts';
import { pascal } from '../names.ts';
import type { OpenApi, Operation } from './document.ts';
import { placeOf, type Placed } from './method-name.ts';
import { methodOf } from './methods.ts';
import { createTypes } from './types.ts';

const PREFIX = '/v1/';

interface Found {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/**
 * What the SDKs offer of the API: every operation below `/v1` but second paths, what needs no token (it is for other systems than
 * ours) and what says `x-sdk: false`. Throws when two operations would have one name.
 */
export function readOpenApi(document: OpenApi): Sdk {
  const types = createTypes(document.components.schemas);
  const resources = new Map<string, Map<string, Method>>();
  for (const { operation, method, path, place } of placed(operationsOf(document))) {
    const methods = resources.get(place.resource) ?? new Map<string, Method>();
    resources.set(place.resource, methods);
    const at = { name: place.method, id: pascal(`${place.resource} ${place.method}`), method, path };
    methods.set(place.method, methodOf(operation, at, types));
  }
  return {
    version: document.info.version,
    resources: [...resources].map(([name, methods]) => ({ name, methods: [...methods.values()] })),
    models: types.models(),
    errorCodes: Object.entries(document['x-error-codes']).map(([code, known]) => ({ code, ...known })),
  };
}

function operationsOf(document: OpenApi): readonly Found[] {
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith(PREFIX))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    )
    .filter(
      ({ operation }) =>
        operation['x-alias-of'] === undefined && operation['x-sdk'] !== false && operation.security.length > 0,
    );
}

/** Names that are asked for come first, then what reads, then the rest in the order of the document. */
function placed(all: readonly Found[]): readonly (Found & { readonly place: Placed })[] {
  const places = new Map<Found, Placed>();
  const taken = new Set<string>();
  const keyOf = ({ resource, method }: Placed): string => `${resource}.${method}`;
  const rank = ({ method, operation }: Found): number =>
    operation['x-sdk'] === undefined ? (method === 'GET' ? 1 : 2) : 0;
  for (const found of all.toSorted((one, other) => rank(one) - rank(other))) {
    const place = placeIn(found, (candidate) => taken.has(keyOf(candidate)));
    const key = keyOf(place);
    if (taken.has(key)) throw new Error(`${found.method} ${found.path}: ${key} is taken; say \`sdk\` at the route`);
    taken.add(key);
    places.set(found, place);
  }
  return all.map((found) => ({ ...found, place: places.get(found)! }));
}

function placeIn({ operation, method, path }: Found, isTaken: (place: Placed) => boolean): Placed {
  const asked = operation['x-sdk'];
  if (typeof asked !== 'string') return placeOf({ id: operation.operationId, method, path }, isTaken);
  const [resource, name] = asked.split('.');
  if (!resource || !name) throw new Error(`${operation.operationId}: \`sdk\` is not of the form resource.method`);
  return { resource, method: name };
}
