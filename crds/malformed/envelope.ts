import { bare, pipeline, resource, type MalformedCase } from './cases.ts';

const SPEC = 'spec: {source: {connection: a}, destination: {connection: b}}';

/** `apiVersion`, `kind` and `metadata`. */
export const ENVELOPE: readonly MalformedCase[] = [
  {
    name: 'no apiVersion',
    file: `kind: Pipeline\nmetadata: {name: x}\n${SPEC}`,
    errors: [['invalid_resource', '1:1', '/apiVersion', 'apiVersion: the field is missing']],
  },
  {
    name: 'neither apiVersion nor kind',
    file: `metadata: {name: x}\n${SPEC}`,
    errors: [['invalid_resource', '1:1', '/apiVersion', 'apiVersion: the field is missing, and so is kind']],
  },
  {
    name: 'an unknown version',
    file: `apiVersion: headgate.dev/v1\nkind: Pipeline\nmetadata: {name: x}\n${SPEC}`,
    errors: [['invalid_resource', '1:13', '/apiVersion', "apiVersion: 'headgate.dev/v1' is not a version of Headgate"]],
  },
  {
    name: 'a misspelt group',
    file: `apiVersion: headgates.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: x}\n${SPEC}`,
    errors: [
      ['invalid_resource', '1:13', '/apiVersion', "apiVersion: 'headgates.dev/v1alpha1' is not a version of Headgate"],
    ],
  },
  {
    name: 'a version of Kubernetes itself',
    file: `apiVersion: v1\nkind: Pipeline\nmetadata: {name: x}\n${SPEC}`,
    errors: [['invalid_resource', '1:13', '/apiVersion', "apiVersion: 'v1' has no Pipeline"]],
  },
  {
    name: 'a number as apiVersion',
    file: `apiVersion: 1\nkind: Pipeline\nmetadata: {name: x}\n${SPEC}`,
    errors: [['invalid_resource', '1:13', '/apiVersion', 'apiVersion: must be a string']],
  },
  {
    name: 'no kind',
    file: `apiVersion: headgate.dev/v1alpha1\nmetadata: {name: x}\n${SPEC}`,
    errors: [['invalid_resource', '1:1', '/kind', 'kind: the field is missing']],
  },
  {
    name: 'a misspelt kind',
    file: resource('Pipline', '  {}'),
    errors: [
      ['invalid_resource', '2:7', '/kind', "kind: 'Pipline' is not a kind of Headgate (did you mean 'Pipeline'?)"],
    ],
  },
  {
    name: 'a kind in lower case',
    file: resource('pipeline', '  {}'),
    errors: [
      ['invalid_resource', '2:7', '/kind', "kind: 'pipeline' is not a kind of Headgate (did you mean 'Pipeline'?)"],
    ],
  },
  {
    name: 'a kind that is none of ours',
    file: resource('Deployment', '  {}'),
    errors: [['invalid_resource', '2:7', '/kind', "kind: 'Deployment' is not a kind of Headgate"]],
  },
  {
    name: 'a list as kind',
    file: resource('[Pipeline]', '  {}'),
    errors: [['invalid_resource', '2:7', '/kind', 'kind: must be a string']],
  },
  {
    name: 'no metadata',
    file: `apiVersion: headgate.dev/v1alpha1\nkind: Pipeline\n${SPEC}`,
    errors: [['invalid_resource', '1:1', '/metadata', 'metadata: is missing']],
  },
  {
    name: 'no name',
    file: pipeline().replace('{name: x}', '{namespace: y}'),
    errors: [['invalid_resource', '3:1', '/metadata/name', 'metadata.name: is missing']],
  },
  {
    name: 'an empty name',
    file: pipeline().replace('{name: x}', '{name: ""}'),
    errors: [['invalid_resource', '3:18', '/metadata/name', 'metadata.name: must not be empty']],
  },
  {
    name: 'a name in capitals',
    file: pipeline().replace('{name: x}', '{name: Orders_Hourly}'),
    errors: [
      [
        'invalid_resource',
        '3:18',
        '/metadata/name',
        'metadata.name: must consist of lower-case letters, digits, and inner hyphens and dots',
      ],
    ],
  },
  {
    name: 'a name that is a number',
    file: pipeline().replace('{name: x}', '{name: 42}'),
    errors: [['invalid_resource', '3:18', '/metadata/name', 'metadata.name: must be a string, not a number']],
  },
  {
    name: 'a name that is too long',
    file: pipeline().replace('{name: x}', `{name: ${'a'.repeat(254)}}`),
    errors: [['invalid_resource', '3:18', '/metadata/name', 'metadata.name: must have 253 characters or less']],
  },
  {
    name: 'a dotted namespace',
    file: pipeline().replace('{name: x}', '{name: x, namespace: a.b}'),
    errors: [
      [
        'invalid_resource',
        '3:32',
        '/metadata/namespace',
        'metadata.namespace: must consist of lower-case letters, digits and inner hyphens',
      ],
    ],
  },
  {
    name: 'a label that is no string',
    file: pipeline().replace('{name: x}', '{name: x, labels: {tier: 1}}'),
    errors: [
      ['invalid_resource', '3:36', '/metadata/labels/tier', 'metadata.labels.tier: must be a string, not a number'],
    ],
  },
  {
    name: 'an unknown field of metadata',
    file: pipeline().replace('{name: x}', '{name: x, lables: {a: b}}'),
    errors: [
      ['invalid_resource', '3:21', '/metadata/lables', "metadata.lables: unknown field (did you mean 'labels'?)"],
    ],
  },
  {
    name: 'no spec',
    file: 'apiVersion: headgate.dev/v1alpha1\nkind: Connection\nmetadata: {name: x}\n',
    errors: [['invalid_resource', '1:1', '/spec', 'spec: is missing']],
  },
  {
    name: 'an empty spec',
    file: resource('Connection', ''),
    errors: [['invalid_resource', '4:1', '/spec', 'spec: must be a map, but nothing stands there']],
  },
  {
    name: 'a list as spec',
    file: resource('Connection', '  - connector: file'),
    errors: [['invalid_resource', '5:3', '/spec', 'spec: must be a map, not a list']],
  },
  {
    name: 'an unknown field at the top',
    file: `${bare('source: {connection: a}', 'destination: {connection: b}')}\nspecs: {}`,
    errors: [['invalid_resource', '7:1', '/specs', "specs: unknown field (did you mean 'spec'?)"]],
  },
  {
    name: 'a bad item of a List',
    file: `apiVersion: v1\nkind: List\nitems:\n- apiVersion: headgate.dev/v1alpha1\n  kind: Connection\n  metadata: {name: x}\n  spec: {conector: file}\n`,
    errors: [
      ['invalid_resource', '7:10', '/spec/conector', "spec.conector: unknown field (did you mean 'connector'?)"],
    ],
  },
];
