import { Type, type Static } from 'typebox';
import {
  COLUMNS,
  Duration,
  Name,
  OneOf,
  rules,
  Strict,
  commonStatus,
  type KindDefinition,
  type Rule,
} from './common.ts';

/** A secret in plain text would stay in Git, and in the cluster's store, for ever. */
function referenceOnly(path: string): Rule {
  const [parent = '', field = ''] = path.split('.');
  const value = `self.${parent}.${field}`;
  const is = `${value}.matches('^[$][{](env|file|secret):[^}]+[}]$')`;
  return {
    rule: `!has(self.${parent}) || !has(${value}) || ${is}`,
    message: `${path} must be a reference, such as \${secret:name/key}`,
  };
}

export const RepositorySpec = Strict(
  {
    url: Type.String({
      description: 'https or ssh URL, or an absolute local path where the operator allows it. No credentials in it.',
      minLength: 1,
      maxLength: 2048,
      examples: ['https://git.example.com/data/pipelines.git'],
    }),
    branch: Type.Optional(
      Type.String({ description: 'The branch to follow.', default: 'main', minLength: 1, maxLength: 255 }),
    ),
    path: Type.Optional(
      Type.String({
        description: 'Only files below this folder of the repository.',
        default: '.',
        minLength: 1,
        maxLength: 1024,
      }),
    ),
    interval: Type.Optional(Duration('How often the remote is asked for news.', '1m')),
    prune: Type.Optional(Type.Boolean({ description: 'Whether what leaves Git is deleted.', default: true })),
    suspend: Type.Optional(Type.Boolean({ description: 'true: no syncs for now.', default: false })),
    credentials: Type.Optional(
      Strict(
        {
          username: Type.Optional(Type.String({ description: 'For https.', maxLength: 255 })),
          password: Type.Optional(
            Type.String({ description: 'For https: a reference to a password or token.', maxLength: 1024 }),
          ),
          sshKey: Type.Optional(
            Type.String({ description: 'For ssh: a reference to a private key.', maxLength: 1024 }),
          ),
          knownHosts: Type.Optional(
            Type.String({ description: 'For ssh: the lines of known_hosts to trust.', maxLength: 65_536 }),
          ),
        },
        { description: 'How to sign in; secret values as references only.' },
      ),
    ),
    verify: Type.Optional(
      Strict(
        {
          mode: OneOf(['head'], { description: 'The commit at the head must be signed.' }),
          keys: Type.Array(Type.String({ maxLength: 65_536 }), {
            description: 'Trusted public keys.',
            minItems: 1,
            maxItems: 100,
          }),
        },
        { description: 'Accept signed commits only.' },
      ),
    ),
    writeBack: Type.Optional(
      OneOf(['commit', 'pull-request', 'deny'], {
        description: 'What a change through the API becomes.',
        default: 'deny',
      }),
    ),
    pullRequests: Type.Optional(
      Strict(
        {
          provider: Type.Optional(
            OneOf(['github', 'gitlab', 'gitea'], {
              description: 'Whose API it is (`gitea` for Forgejo too); found from `url` for github.com and gitlab.com.',
            }),
          ),
          api: Type.Optional(
            Type.String({
              description: 'Where the API is. Without it: where the provider has it on the host of `url`.',
              minLength: 1,
              maxLength: 2048,
              pattern: '^https?://',
              examples: ['https://github.example.com/api/v3'],
            }),
          ),
          token: Type.Optional(
            Type.String({
              description: 'A reference to a token of the API; `credentials.password` when left out.',
              maxLength: 1024,
            }),
          ),
          labels: Type.Optional(
            Type.Array(Type.String({ minLength: 1, maxLength: 50 }), {
              description: 'Labels that each pull request is given.',
              maxItems: 20,
            }),
          ),
          draft: Type.Optional(Type.Boolean({ description: 'Open them as drafts.', default: false })),
        },
        { description: 'How `writeBack: pull-request` opens pull requests (merge requests at GitLab).' },
      ),
    ),
    webhook: Type.Optional(
      Strict(
        {
          secret: Type.String({
            description:
              'A reference to the secret that the forge signs its webhooks with. At least 16 characters are advised.',
            minLength: 1,
            maxLength: 1024,
          }),
        },
        { description: 'Who sends this secret to `/v1/webhooks/…` makes a sync happen at once.' },
      ),
    ),
    environment: Type.Optional(Name('Only an installation of this environment syncs it; any when left out.')),
  },
  {
    description: 'A Git repository that resources are synced from.',
    ...rules(
      {
        rule: "!self.url.startsWith('-') && !self.url.contains('::')",
        message: 'url must not begin with a dash or name a remote helper',
      },
      {
        rule: "!self.url.matches('^[A-Za-z][A-Za-z0-9+.-]*://[^/?#@]*:[^/?#]*@') && !self.url.matches('^[Hh][Tt][Tt][Pp][Ss]://[^/?#]*@')",
        message: 'url must hold no credentials: put them into spec.credentials by reference',
      },
      {
        rule: "!has(self.path) || !self.path.matches('^/|(^|/)[.][.](/|$)')",
        message: 'path must be a folder inside the repository',
      },
      ...['credentials.password', 'credentials.sshKey', 'pullRequests.token', 'webhook.secret'].map(referenceOnly),
    ),
  },
);
export type RepositorySpec = Static<typeof RepositorySpec>;

export const RepositoryStatus = Strict({
  ...commonStatus,
  attemptedRevision: Type.Optional(Type.String({ description: 'The newest commit that was looked at.' })),
  appliedRevision: Type.Optional(Type.String({ description: 'The newest commit that was applied.' })),
  lastSyncAt: Type.Optional(Type.String({ description: 'When that was.', format: 'date-time' })),
  resources: Type.Optional(Type.Integer({ description: 'How many resources it declares.', minimum: 0 })),
  errors: Type.Optional(Type.Integer({ description: 'How many errors the last sync had.', minimum: 0 })),
});
export type RepositoryStatus = Static<typeof RepositoryStatus>;

export const repositoryKind: KindDefinition = {
  kind: 'Repository',
  plural: 'repositories',
  shortNames: ['repo'],
  summary: 'A Git repository (url, branch, path) that resources are synced from.',
  example: `apiVersion: headgate.dev/v1alpha1
kind: Repository
metadata:
  name: pipelines
spec:
  url: https://git.example.com/data/pipelines.git
  branch: main
  path: pipelines
  interval: 1m
  credentials:
    username: headgate
    password: \${env:GIT_TOKEN}
`,
  spec: RepositorySpec,
  status: RepositoryStatus,
  columns: [
    COLUMNS.ready('Whether the last sync went well.'),
    { name: 'URL', type: 'string', jsonPath: '.spec.url', description: 'Where it is.' },
    { name: 'Branch', type: 'string', jsonPath: '.spec.branch', description: 'The branch.' },
    { name: 'Revision', type: 'string', jsonPath: '.status.appliedRevision', description: 'The applied commit.' },
    { name: 'Synced', type: 'date', jsonPath: '.status.lastSyncAt', description: 'When it was last synced.' },
    COLUMNS.age,
    COLUMNS.reason,
    {
      name: 'Resources',
      type: 'integer',
      jsonPath: '.status.resources',
      description: 'How many resources it declares.',
      priority: 1,
    },
    {
      name: 'Errors',
      type: 'integer',
      jsonPath: '.status.errors',
      description: 'How many errors the last sync had.',
      priority: 1,
    },
    {
      name: 'Suspended',
      type: 'boolean',
      jsonPath: '.spec.suspend',
      description: 'Whether syncs are suspended.',
      priority: 1,
    },
  ],
};
