/** Makes a connector out of a manifest. */
import type { ConnectorSpec, WriteMode } from '../../../crds/index.ts';
import type { Issue } from '../../../foundation/errors.ts';
import type { Connector, DeclaredUse, StreamDescription } from '../../ports.ts';
import { isFinal, issuesOf } from '../static-issues.ts';
import { chooseAuth } from './auth.ts';
import type { Settings } from './api.ts';
import { checkConnection } from './check.ts';
import { declaredDestination } from './destination.ts';
import { compileManifest, type CompiledManifest } from './manifest.ts';
import { pick } from './pick.ts';
import { settingsSchema } from './settings-schema.ts';
import { declaredSource } from './source.ts';

/**
 * The connector that a manifest declares. Its expressions are compiled when it is first used: what is wrong with them is
 * thrown then, as `invalid_resource`, and said by `manifestIssues` before.
 */
export function declaredConnector(name: string, spec: ConnectorSpec): Connector {
  let compiled: CompiledManifest | undefined;
  const manifest = (): CompiledManifest => (compiled ??= compileManifest(spec));
  const { streams = [], actions = [] } = spec;
  return {
    name,
    title: spec.title,
    summary: spec.summary,
    settings: settingsSchema(spec),
    examples: [{ title: 'Settings', settings: exampleSettings(spec) }],
    manifest: spec,
    ...(streams.length === 0
      ? {}
      : {
          sourceStream: describe('stream', streams),
          source: (settings, ctx) => declaredSource(manifest(), settings as Settings, ctx),
        }),
    ...(actions.length === 0
      ? {}
      : {
          destinationStream: describe('action', actions),
          modes: modesOf(spec),
          destination: (settings, ctx) => declaredDestination(manifest(), settings as Settings, ctx),
        }),
    validate: (settings, use) => useIssues(spec, settings as Settings, use),
    check: (settings, ctx) => checkConnection(manifest(), settings as Settings, ctx),
  } satisfies Connector;
}

function describe(
  what: 'stream' | 'action',
  items: readonly { readonly name: string; readonly eventTypes?: readonly string[]; readonly description?: string }[],
): StreamDescription {
  const names = items.map(({ name }) => `\`${name}\``).join(', ');
  const byType = items.some(({ eventTypes }) => eventTypes !== undefined);
  return {
    required: items.length > 1 && !byType,
    description: `${what === 'stream' ? 'Which stream' : 'Which action'}: ${names}.${byType ? ' In streams the type of the event decides where it is left out.' : ''}`,
    example: items[0]!.name,
  };
}

/** `append` first: it is what pipelines mean that say nothing. */
function modesOf({ actions = [] }: ConnectorSpec): readonly WriteMode[] {
  return [...new Set<WriteMode>(['append', ...actions.map(({ mode }) => mode ?? 'append')])];
}

function useIssues(spec: ConnectorSpec, settings: Settings, use: DeclaredUse): readonly Issue[] {
  const items = new Map((use.role === 'source' ? spec.streams : spec.actions)?.map((item) => [item.name, item]) ?? []);
  const what = use.role === 'source' ? 'stream' : 'action';
  return [
    ...(isFinal(use.stream) ? issuesOf('/stream', () => pick(items, use.stream, what)) : []),
    ...issuesOf('/settings', () => chooseAuth(spec.auth, settings)),
  ];
}

/** Something for every setting that must be given, so that the example validates. */
function exampleSettings({ settings = {}, auth }: ConnectorSpec): Record<string, unknown> {
  const isAuth = JSON.stringify(Object.entries(auth ?? {}).find(([kind]) => kind !== 'none')?.[1] ?? {});
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([name, field]) => field.required === true || isAuth.includes(`settings.${name}}`))
      .map(([name, field]) => [name, exampleOf(name, field)]),
  );
}

function exampleOf(name: string, field: NonNullable<ConnectorSpec['settings']>[string]): unknown {
  if (field.secret === true) return `\${secret:my/${name}}`;
  if (field.examples?.[0] !== undefined) return field.examples[0];
  if (field.default !== undefined) return field.default;
  switch (field.type ?? 'string') {
    case 'integer':
    case 'number':
      return field.minimum ?? 1;
    case 'boolean':
      return true;
    case 'list':
      return ['example'];
    case 'map':
      return { name: 'value' };
    default:
      return field.enum?.[0] ?? 'example';
  }
}
