import { Type } from 'typebox';
import { HeadgateError } from '../../foundation/errors.ts';
import { Strict } from '../../crds/common.ts';
import { MAX_SECRET_KEYS, MAX_SECRET_VALUE, type SecretSummary } from '../../store/secrets/secret-store.ts';
import { askedWorkspace, ownWorkspace, maySee } from '../access/find.ts';
import { wholePage } from '../paging/page.ts';
import { route, type Route } from '../route.ts';
import { RotationView, SecretView, secretView } from '../views/secret.ts';
import { Workspace, WorkspaceFilter, workspaceQuery } from './schemas.ts';

const SecretParams = Type.Object({
  name: Type.String({
    description: 'Name of the secret: small letters, digits, dots and dashes.',
    pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
    examples: ['billing'],
  }),
});
const KEY = '^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$';

const list = route({
  id: 'listSecrets',
  method: 'GET',
  path: '/secrets',
  scope: 'write',
  tag: 'Secrets',
  summary: 'List secrets',
  description: 'Names, keys and times. Values are shown to nobody.',
  query: Strict({ workspace: WorkspaceFilter }),
  answer: { form: 'list', schema: SecretView, total: true },
  handler: async ({ query, caller }, deps) => {
    const all = await deps.secrets.list(askedWorkspace(caller, query.workspace));
    return wholePage(all.filter(({ workspace }) => maySee(caller, workspace)).map(secretView));
  },
});

const put = route({
  id: 'putSecret',
  method: 'PUT',
  path: '/secrets/{name}',
  scope: 'write',
  tag: 'Secrets',
  summary: 'Set keys of a secret',
  description:
    'Pipelines of the workspace refer to a value as `${secret:<name>/<key>}`. The next run uses the new value; streams that use it start anew with it.',
  params: SecretParams,
  query: workspaceQuery,
  body: Strict({
    values: Type.Record(Type.String({ pattern: KEY }), Type.String({ maxLength: MAX_SECRET_VALUE }), {
      description: 'Value by key. Keys that are not given stay as they are.',
      minProperties: 1,
      maxProperties: MAX_SECRET_KEYS,
    }),
    replace: Type.Optional(Type.Boolean({ description: 'Remove keys that are not given.', default: false })),
  }),
  answer: { form: 'object', schema: SecretView },
  errors: ['secret_key_missing', 'conflict'],
  examples: [{ title: 'A token', path: '/secrets/billing', body: { values: { token: 'the value' } } }],
  handler: async ({ params, query, body, caller }, deps) => {
    const workspace = ownWorkspace(caller, query.workspace);
    return secretView(await deps.secrets.set(workspace, params.name, body.values, { replace: body.replace === true }));
  },
});

const remove = route({
  id: 'deleteSecret',
  method: 'DELETE',
  path: '/secrets/{name}',
  scope: 'write',
  tag: 'Secrets',
  summary: 'Delete a secret, or some of its keys',
  description: 'Runs of pipelines that refer to it fail from then on, with `reference_not_found`.',
  params: SecretParams,
  query: Strict({
    workspace: Workspace,
    key: Type.Optional(
      Type.Array(Type.String({ pattern: KEY }), {
        description: 'Only these keys.',
        minItems: 1,
        maxItems: MAX_SECRET_KEYS,
      }),
    ),
  }),
  answer: { form: 'deleted' },
  errors: ['not_found'],
  handler: async ({ params, query, caller }, deps) => {
    const workspace = ownWorkspace(caller, query.workspace);
    const known: SecretSummary | null = await deps.secrets.get(workspace, params.name);
    if (known === null || !(await deps.secrets.remove(workspace, params.name, query.key))) {
      const what = known === null ? `no secret '${params.name}'` : `no such key in secret '${params.name}'`;
      throw new HeadgateError('not_found', `there is ${what} in workspace '${workspace}'`, {
        hint: 'list them with `headgate secret list` or GET /v1/secrets',
      });
    }
    return { id: `${workspace}/${params.name}` };
  },
});

const rotate = route({
  id: 'rotateSecretKey',
  method: 'POST',
  path: '/secrets/rotate',
  scope: 'admin',
  tag: 'Secrets',
  summary: 'Seal everything with a new key',
  description:
    'Makes a new key, seals all secrets and the configuration of this server with it, and takes the old one out of the data folder. A key file that `--secret-key-file` names keeps the old keys until a call with `forget_old`, to be made when all servers have gone over. For tokens of all workspaces only.',
  body: Strict({
    forget_old: Type.Optional(
      Type.Boolean({
        description: 'Make no new key, but take old ones out of a key file that other servers may use as well.',
        default: false,
      }),
    ),
  }),
  bodyOptional: true,
  answer: { form: 'object', schema: RotationView },
  errors: ['conflict', 'secret_key_missing'],
  sdk: 'secrets.rotate',
  handler: async ({ body, caller, signal }, deps) => {
    if (caller.workspaces !== null) {
      throw new HeadgateError('forbidden', 'a token for some workspaces may not change the key of all', {
        hint: 'use an `admin` token for all workspaces',
      });
    }
    const { keyId, resealed, old } = await deps.rotateKey({ forgetOld: body?.forget_old === true, signal });
    return {
      key_id: keyId,
      resealed: { secrets: resealed['secrets'] ?? 0, configuration: resealed['configuration'] ?? 0 },
      old_key_ids: [...old],
    };
  },
});

export const secretRoutes: readonly Route[] = [list, put, remove, rotate];
