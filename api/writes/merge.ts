type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Merge Patch (RFC 7396): members of `patch` over those of `target`, null removes one. Changes neither. */
export function mergePatch(target: Json, patch: Json): Record<string, unknown> {
  const out: Record<string, unknown> = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else if (isObject(value)) define(out, name, mergePatch(isObject(out[name]) ? out[name] : {}, value));
    else define(out, name, value);
  }
  return out;
}

/** Also a member called `__proto__`, which an assignment would take for something else. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
