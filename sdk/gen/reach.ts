import type { Field, Method, Model, Sdk, Type } from './model.ts';

/** The models that signatures of methods name, directly or through others, in the order of the SDK. */
export function usedModels(sdk: Sdk): readonly Model[] {
  const byName = new Map(sdk.models.map((model) => [model.name, model]));
  const used = new Set<Model>();
  const visit = (type: Type): void => {
    if (type.kind === 'list' || type.kind === 'map') visit(type.of);
    if (type.kind === 'union') type.of.forEach(visit);
    if (type.kind !== 'model') return;
    const model = byName.get(type.name)!;
    if (used.has(model)) return;
    used.add(model);
    model.fields.forEach((field) => visit(field.type));
  };
  for (const resource of sdk.resources) for (const method of resource.methods) typesOf(method).forEach(visit);
  return sdk.models.filter((model) => used.has(model));
}

function typesOf(method: Method): readonly Type[] {
  const { body, answer, paging, events } = method;
  const fields: readonly Field[] = [...method.query, ...method.headers, ...(body?.fields ?? [])];
  return [
    ...fields.map(({ type }) => type),
    ...(body !== null && body.fields === null ? [body.type] : []),
    ...(answer.form === 'json' ? Object.values(answer.byStatus) : []),
    ...(paging === null ? [] : [paging.item]),
    ...Object.values(events ?? {}),
  ];
}
