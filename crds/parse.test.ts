import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../test/processor-time.ts';
import { normalizePipeline } from './normalize.ts';
import { parseFile, type ParsedFile } from './parse.ts';
import { validateResource } from './validate.ts';

const parse = (text: string | Uint8Array, options = {}): ParsedFile =>
  parseFile(typeof text === 'string' ? Buffer.from(text) : text, 'dir/file.yaml', options);

const PIPELINE = `# yaml-language-server: $schema=https://example.com/pipeline.schema.json
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders
spec:
  source:
    connection: shop
    stream: orders
  transforms:
    - rename: {a: b}
    - filter: amount > 0
  destination: {connection: warehouse}
`;

describe('parseFile', () => {
  it('reads a resource, fills in its workspace and knows its line', () => {
    const { documents, errors, skipped } = parse(PIPELINE);
    expect({ errors, skipped }).toEqual({ errors: [], skipped: 0 });
    expect(documents).toHaveLength(1);
    expect(documents[0]).toMatchObject({ file: 'dir/file.yaml', line: 2 });
    expect(documents[0]!.resource.metadata).toEqual({ name: 'orders', namespace: 'default' });
    expect(parse(PIPELINE, { namespace: 'team' }).documents[0]!.resource.metadata.namespace).toBe('team');
  });

  it.each([
    ['/spec/source/connection', '8:17'],
    ['/spec/transforms/1/filter', '12:15'],
    ['/spec/transforms/1', '12:7'],
    ['/spec/source/settings/url', '7:3'],
    ['/spec/transforms/7', '10:3'],
    ['/metadata/name', '5:9'],
    ['', '2:1'],
  ])('finds %s at %s', (pointer, at) => {
    expect(parse(PIPELINE).documents[0]!.at(pointer)).toBe(`dir/file.yaml:${at}`);
  });

  it.each([
    ['nothing', ''],
    ['a comment', '# nothing here yet\n'],
    ['empty documents', '---\n---\n# none\n---\n'],
    ['a byte order mark only', '\uFEFF'],
    ['null', 'null\n'],
  ])('takes %s for zero resources', (_, text) => {
    expect(parse(text)).toEqual({ documents: [], errors: [], skipped: 0 });
  });

  it.each([
    ['a kustomization', 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]'],
    ['a Pipeline of Tekton', 'apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: x}\nspec: {}'],
    ['values of a chart', 'image: {tag: 1}\nspec: {}'],
    ['a list', '- a\n- b'],
    ['a text', 'hello'],
    ['an alias of a number among the items of a List', 'apiVersion: v1\nkind: List\nitems: [&a 5, *a]'],
    ['a template of another tool with tags and keys of its own', 'Resources: {a: !Ref b, a: !Sub c, {b}: 1}'],
  ])('skips %s', (_, text) => {
    expect(parse(text)).toEqual({ documents: [], errors: [], skipped: text.includes('*a]') ? 2 : 1 });
  });

  it('reads several documents, JSON, and the items of a List', () => {
    const item = '{apiVersion: headgate.dev/v1alpha1, kind: Run, metadata: {name: r}, spec: {pipeline: p}}';
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${item}\n- {kind: ConfigMap, apiVersion: v1}\n- ${item}\n`;
    const json = JSON.stringify({
      apiVersion: 'headgate.dev/v1alpha1',
      kind: 'Run',
      metadata: { name: 'r' },
      spec: { pipeline: 'p' },
    });
    expect(parse(json).documents).toHaveLength(1);
    expect(parse(JSON.stringify(JSON.parse(json), null, '\t')).documents).toHaveLength(1);
    const { documents, skipped, errors } = parse(`${PIPELINE}---\n${list}`);
    expect(errors).toEqual([]);
    expect(skipped).toBe(1);
    expect(documents.map((document) => document.line)).toEqual([2, 18, 20]);
    expect(documents[2]!.at('/spec/pipeline')).toBe('dir/file.yaml:20:88');
  });

  it('follows anchors and merge keys, to where the field is written', () => {
    const text = PIPELINE.replace('{connection: warehouse}', '\n    <<: *where\n    stream: copies').replace(
      '  source:',
      '  source: &where',
    );
    const [document] = parse(text).documents;
    expect(document!.resource.spec).toMatchObject({ destination: { connection: 'shop', stream: 'copies' } });
    expect(document!.at('/spec/destination/connection')).toBe('dir/file.yaml:8:17');
    expect(document!.at('/spec/destination/stream')).toBe('dir/file.yaml:15:13');
  });

  it('knows its own documents when anchors and merge keys say what they are', () => {
    const text = `apiVersion: v1
kind: List
items:
- &first
  apiVersion: &v headgate.dev/v1alpha1
  kind: &k Run
  metadata: {name: a}
  spec: {pipeline: p}
- {apiVersion: *v, kind: *k, metadata: {name: b}, spec: {pipeline: p}}
`;
    expect(parse(text).documents).toHaveLength(2);
    const aliased = `x: [&v headgate.dev/v1alpha1, &k Run]\napiVersion: *v\nkind: *k\n`;
    expect(parse(aliased).errors[0]!.issues!.map((issue) => issue.pointer)).toEqual(['/metadata', '/spec', '/x']);
    const merged = `x: &b {apiVersion: headgate.dev/v1alpha1, kind: Run}\n<<: *b\n`;
    expect(parse(merged).errors[0]!.issues!.map((issue) => issue.pointer)).toEqual(['/metadata', '/spec', '/x']);
    expect(parse('x: &b {apiVersion: apps/v1, kind: Deployment}\n<<: *b\n').skipped).toBe(1);
  });

  it('lets an anchor be given again, and keeps what an earlier copy meant', () => {
    const text = `${PIPELINE}  variables: {A: &v one, B: *v, C: &v two, D: *v}\n`;
    expect(parse(text).documents[0]!.resource.spec).toMatchObject({
      variables: { A: 'one', B: 'one', C: 'two', D: 'two' },
    });
  });

  it('drops what a server adds and kubectl prints', () => {
    const pasted = PIPELINE.replace(
      '  name: orders\n',
      `  name: orders
  namespace: team
  uid: 0b1c
  resourceVersion: "12"
  generation: 2
  creationTimestamp: null
  managedFields: []
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: "{}"
    note: kept
`,
    ).concat('status: {phase: active, anything: [1]}\n');
    const { documents, errors } = parse(pasted);
    expect(errors).toEqual([]);
    expect(documents[0]!.resource).not.toHaveProperty('status');
    expect(documents[0]!.resource.metadata).toEqual({
      name: 'orders',
      namespace: 'team',
      annotations: { note: 'kept' },
    });
  });

  it('reads CRLF line ends and columns after non-ASCII text', () => {
    const text = PIPELINE.replaceAll('\n', '\r\n').replace('orders\r', 'orders\r\n  labels: {ä: "ü", größe: 1}\r');
    expect(parse(text).errors[0]).toMatchObject({
      at: 'dir/file.yaml:6:27',
      message: 'metadata.labels."größe": must be a string, not a number',
    });
  });
});

describe('whatever comes', () => {
  /** Values that are nearly resources, so that the checks behind the schema are reached. */
  const nearly = fc.record(
    {
      apiVersion: fc.constantFrom('headgate.dev/v1alpha1', 'v1', 1, null),
      kind: fc.constantFrom('Pipeline', 'Connection', 'Repository', 'Run', 'pipeline'),
      metadata: fc.oneof(fc.constant({ name: 'x' }), fc.jsonValue()),
      spec: fc.record(
        {
          source: fc.oneof(fc.constant({ connection: 'a' }), fc.jsonValue()),
          destination: fc.oneof(fc.constant({ connection: 'b' }), fc.jsonValue()),
          schedule: fc.oneof(
            fc.string(),
            fc.record({ cron: fc.oneof(fc.string(), fc.jsonValue()), timeZone: fc.string() }),
          ),
          retry: fc.record({
            initial: fc.constantFrom('1s', '99999999999999w'),
            max: fc.constantFrom('0s', '1h', 'x'),
          }),
          variables: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.jsonValue())),
          transforms: fc.array(fc.dictionary(fc.constantFrom('rename', 'drop', 'x/y~z'), fc.jsonValue())),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['kind'] },
  );

  it('answers any JSON value with a resource or issues, as value and as text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue({ maxDepth: 8 }), nearly), (value) => {
        const result = validateResource(value);
        if ('error' in result) {
          expect(result.error.issues).not.toHaveLength(0);
          expect(result.error.message).not.toBe('');
        }
        for (const text of [JSON.stringify(value), stringify(value)]) {
          const parsed = parse(text);
          expect(parsed.documents.length).toBe('resource' in result ? 1 : 0);
          for (const error of parsed.errors) expect(error.at).toMatch(/^dir\/file\.yaml:\d+:\d+$/);
          for (const document of parsed.documents) {
            expect('resource' in result && result.resource).toEqual(document.resource);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('answers any bytes and any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const { errors } = parse(bytes);
          for (const error of errors) expect(error.at).toMatch(/^dir\/file\.yaml:\d+:\d+$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('answers YAML that is cut or altered at any place', () => {
    fc.assert(
      fc.property(
        fc.nat(PIPELINE.length),
        fc.nat(8),
        fc.constantFrom('', '&', '*a', '\t', '"', '{', '- ', '\n'),
        (at, cut, put) => {
          const text = PIPELINE.slice(0, at) + put + PIPELINE.slice(at + cut);
          const { documents, errors } = parse(text);
          expect(documents.length + errors.length).toBeLessThanOrEqual(2);
          for (const document of documents) {
            expect(document.at('/spec/source/nothing')).toMatch(/:\d+:\d+$/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('normalises every pipeline that it accepts', () => {
    fc.assert(
      fc.property(nearly, (value) => {
        const result = validateResource({ ...value, apiVersion: 'headgate.dev/v1alpha1', kind: 'Pipeline' });
        if ('resource' in result) {
          const normal = normalizePipeline(result.resource.spec as Parameters<typeof normalizePipeline>[0]);
          expect(normal.sources.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('holds its limits against what is made to be slow', { timeout: 60_000 }, () => {
    const files = ['[', '- ', '? ', '*a ', '&a ', 'a: ', '{a: ', '\n', '"', '|'].map((part) =>
      part.repeat(Math.floor(30_000 / part.length)),
    );
    const keys = Array.from({ length: 6000 }, (_, index) => `k${index}: 1`).join('\n');
    const head = 'apiVersion: headgate.dev/v1alpha1\nkind: Pipeline\n';
    const lists = [
      '- a\n'.repeat(130_000),
      `${head}spec: [${'{}, '.repeat(20_000)}]`,
      `${head}spec:\n ${keys.replaceAll('\n', '\n ')}`,
    ];
    const columns = `${head}metadata: {name: x}\nspec: {transforms: [${`{drop: [${'a, '.repeat(2000)}]}, `.repeat(20)}]}`;
    for (const text of [...files, ...lists, columns, keys, `kind: Pipeline\n${keys}`]) {
      expect(processorMs(() => parse(text))).toBeLessThan(10_000);
    }
  });
});
