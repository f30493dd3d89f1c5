import type { Method } from '../model.ts';
import { snake } from '../names.ts';
import { paramsOf, type Params } from '../params.ts';

/** Words that Python keeps for itself, and what every model has. */
const RESERVED = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield self options more to_dict unknown_fields'
  ).split(' '),
);

/** snake_case, with an underscore behind it where the plain word is taken. */
export function pythonName(name: string): string {
  const plain = snake(name);
  return RESERVED.has(plain) ? `${plain}_` : plain;
}

const PAGING = ['limit', 'page_size', 'cursor'];

/** All of them stand in one list with the parts of the path. */
export function pythonParams(method: Method): Params {
  const path = method.path.map(({ wire }) => pythonName(wire));
  return paramsOf(method, pythonName, method.paging === null ? path : [...path, ...PAGING]);
}
