import type { Problem } from './issues.ts';
import type { DestinationSpec, PipelineSpec, SourceSpec } from './pipeline.ts';
import { DEFAULT_INPUT, destinationName } from './pipeline-defaults.ts';
import { checkRepeated, keyProblem, oneOfTwo, valueProblem } from './problems.ts';

/** Sources: which fields go together, and their names. */
export function checkSources(spec: PipelineSpec): Problem[] {
  const problems = oneOfTwo(spec, 'source', 'sources', true);
  if (spec.source !== undefined) problems.push(...checkEndpoint(spec.source, '/spec/source'));
  const seen = new Map<string, number>();
  for (const [index, source] of (spec.sources ?? []).entries()) {
    const pointer = `/spec/sources/${index}`;
    problems.push(...checkEndpoint(source, pointer), ...checkInputName(source, pointer, spec.sources!.length, seen));
    if (source.name !== undefined) seen.set(source.name, index);
  }
  return problems;
}

function checkInputName(
  source: SourceSpec,
  pointer: string,
  count: number,
  seen: ReadonlyMap<string, number>,
): Problem[] {
  if (count === 1) return [];
  const at = `${pointer}/name`;
  if (source.name === undefined) {
    return [keyProblem(at, 'is missing: each of several sources needs a name', { hint: 'SQL reads from it by name' })];
  }
  if (source.name === DEFAULT_INPUT) {
    return [
      valueProblem(at, `'${DEFAULT_INPUT}' stands for all sources together, so none of several may be called so`),
    ];
  }
  if (seen.has(source.name)) {
    return [valueProblem(at, `'${source.name}' is already the name of sources[${seen.get(source.name)}]`)];
  }
  return [];
}

/** Destinations: which fields go together, and their names. */
export function checkDestinations(spec: PipelineSpec): Problem[] {
  const problems = oneOfTwo(spec, 'destination', 'destinations', true);
  if (spec.destination !== undefined) problems.push(...checkDestination(spec.destination, '/spec/destination'));
  const seen = new Map<string, number>();
  for (const [index, destination] of (spec.destinations ?? []).entries()) {
    const pointer = `/spec/destinations/${index}`;
    problems.push(...checkDestination(destination, pointer));
    const name = destination.name ?? destinationName(index);
    if (seen.has(name)) {
      const of = `'${name}' is already the name of destinations[${seen.get(name)}]`;
      problems.push(valueProblem(`${pointer}/name`, of));
    }
    seen.set(name, index);
  }
  return problems;
}

function checkDestination(destination: DestinationSpec, pointer: string): Problem[] {
  const problems = checkEndpoint(destination, pointer);
  const { mode, key } = destination;
  if (mode === 'upsert' && key === undefined) {
    problems.push(
      keyProblem(`${pointer}/key`, 'is missing: upsert needs the columns that identify a record', {
        hint: 'for example key: [id]',
      }),
    );
  }
  if (mode === undefined && key !== undefined) {
    problems.push(
      keyProblem(`${pointer}/key`, 'a key is for mode: upsert, and no mode is given', {
        hint: 'add mode: upsert, or remove the key',
      }),
    );
  }
  for (const field of ['key', 'include'] as const) {
    problems.push(...checkRepeated(destination[field] ?? [], `${pointer}/${field}`));
  }
  return problems;
}

function checkEndpoint(endpoint: SourceSpec | DestinationSpec, pointer: string): Problem[] {
  if (endpoint.connection !== undefined && endpoint.connector !== undefined) {
    return [keyProblem(`${pointer}/connector`, 'connection and connector exclude each other: keep one of the two')];
  }
  if (endpoint.connection === undefined && endpoint.connector === undefined) {
    return [
      keyProblem(`${pointer}/connection`, 'is missing: name a connection, or a connector with its settings', {
        hint: 'for example connection: warehouse',
      }),
    ];
  }
  if (endpoint.connection !== undefined && endpoint.settings !== undefined) {
    return [
      keyProblem(`${pointer}/settings`, 'settings belong to the Connection when one is named', {
        hint: 'move them there, or write connector instead of connection',
      }),
    ];
  }
  return [];
}
