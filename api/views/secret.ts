import { Type, type Static } from 'typebox';
import { Strict } from '../../crds/common.ts';
import type { SecretSummary } from '../../store/secrets/secret-store.ts';
import { Time, timeOf } from './common.ts';

export const SecretView = Strict(
  {
    id: Type.String({ description: 'Workspace and name.', examples: ['default/billing'] }),
    name: Type.String({ description: 'What references name: `${secret:<name>/<key>}`.', examples: ['billing'] }),
    workspace: Type.String(),
    keys: Type.Array(
      Strict({ key: Type.String({ examples: ['token'] }), updated_at: Time('When its value was set.') }),
    ),
    created_at: Time('When it was made.'),
    updated_at: Time('When one of its values was set.'),
  },
  { title: 'Secret', description: 'A secret, without its values: those are never shown.' },
);
export type SecretView = Static<typeof SecretView>;

export function secretView(secret: SecretSummary): SecretView {
  return {
    id: `${secret.workspace}/${secret.name}`,
    name: secret.name,
    workspace: secret.workspace,
    keys: secret.keys.map(({ key, updatedAt }) => ({ key, updated_at: timeOf(updatedAt)! })),
    created_at: timeOf(secret.createdAt)!,
    updated_at: timeOf(secret.updatedAt)!,
  };
}

export const RotationView = Strict(
  {
    key_id: Type.String({ description: 'The key that everything is sealed with now.', examples: ['5f0e6c1b2a3d4e5f'] }),
    resealed: Strict({
      secrets: Type.Integer({ description: 'Secrets that were sealed anew.', minimum: 0 }),
      configuration: Type.Integer({ description: 'Specifications and files that were sealed anew.', minimum: 0 }),
    }),
    old_key_ids: Type.Array(Type.String(), {
      description: 'Keys that are still given to this server, and seal nothing of it any more.',
    }),
  },
  { title: 'Rotation', description: 'A new key for everything that is sealed.' },
);
