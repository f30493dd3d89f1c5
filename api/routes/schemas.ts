import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';

/** Parts of schemas that many routes share. */

export const IdOrName = (what: string) =>
  Type.String({ description: `Id or name of the ${what}.`, minLength: 1, maxLength: 253 });

export const RunId = Type.String({ description: 'Id of the run.', minLength: 1, maxLength: 128 });

export const Workspace = Type.Optional(
  Type.String({
    description: "The workspace; when left out, names are looked up in the token's only one, else in `default`.",
    minLength: 1,
    maxLength: 63,
  }),
);

export const WorkspaceFilter = Type.Optional(
  Type.String({ description: 'Only this workspace.', minLength: 1, maxLength: 63 }),
);

export const TimeFilter = (description: string) => Type.Optional(Type.String({ description, format: 'date-time' }));

/** Path parameters of routes that name one resource. */
export const idParams = (what: string) => Type.Object({ id: IdOrName(what) });

/** Query parameters of routes that name one resource and take nothing else. */
export const workspaceQuery = Strict({ workspace: Workspace });
