import { FILE_LIMITS } from '../limits.ts';
import { bare, pipeline, type MalformedCase } from './cases.ts';

const laughs = ['a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
  .concat(
    ['b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => {
      const before = `*${'abcdef'[index]}`;
      return `${name}: &${name} [${Array(10).fill(before).join(', ')}]`;
    }),
  )
  .map((line) => `    ${line}`);

/** What is not YAML, or not the YAML that JSON can say. */
export const SYNTAX: readonly MalformedCase[] = [
  {
    name: 'a tab as indentation',
    file: bare('source:', '\tconnection: a'),
    errors: [['invalid_yaml', '6:3', '', 'tabs are not allowed as indentation']],
  },
  {
    name: 'a missing closing quote',
    file: pipeline('description: "to the end'),
    errors: [['invalid_yaml', '7:27', '', 'missing closing "quote']],
  },
  {
    name: 'a missing bracket',
    file: pipeline('transforms: [{drop: [a}]'),
    errors: [
      ['invalid_yaml', '7:25', '', 'flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
  },
  {
    name: 'a reference without quotes inside braces',
    file: bare('source: {connector: file, settings: {path: ${var:P}}}'),
    errors: [['invalid_yaml', '5:47', '', 'unexpected flow-map-start at node end']],
  },
  {
    name: 'a colon inside a plain text',
    file: pipeline('description: orders: hourly'),
    errors: [['invalid_yaml', '7:16', '', 'nested mappings are not allowed in compact mappings']],
  },
  {
    name: 'a line with less indentation',
    file: bare('source:', '    connection: a', '   stream: b'),
    errors: [['invalid_yaml', '7:1', '', 'all mapping items must start at the same column']],
  },
  {
    name: 'a list item at the place of a key',
    file: pipeline('- rename: {a: b}'),
    errors: [['invalid_yaml', '7:1', '', 'a block sequence may not be used as an implicit map key']],
  },
  {
    name: 'a text that begins with @',
    file: pipeline('description: @home'),
    errors: [['invalid_yaml', '7:16', '', 'plain value cannot start with reserved character @']],
  },
  {
    name: 'a directive in the middle',
    file: `%YAML 9\n${pipeline()}`,
    errors: [['invalid_yaml', '1:7', '', 'unsupported YAML version 9']],
  },
  {
    name: 'the rules of YAML 1.1',
    file: `%YAML 1.1\n---\n${pipeline('enabled: yes')}`,
    errors: [['invalid_yaml', '2:1', '', 'the rules of YAML 1.1 are not supported']],
  },
  {
    name: 'too many items of a List',
    file: `apiVersion: v1\nkind: List\nitems:\n${'- {kind: Secret}\n'.repeat(FILE_LIMITS.documents + 1)}`,
    errors: [['invalid_yaml', '1004:3', '', 'more than 1000 documents in one file']],
  },
  {
    name: 'a duplicate key',
    file: pipeline('version: "1"', 'version: "2"'),
    errors: [['invalid_yaml', '8:3', '', 'the key "version" stands twice in the same map']],
  },
  {
    name: 'a duplicate key written differently',
    file: pipeline("'version': '1'", '"version": "2"'),
    errors: [['invalid_yaml', '8:3', '', 'the key "version" stands twice in the same map']],
  },
  {
    name: 'an anchor that nobody defined',
    file: pipeline('variables: *shared'),
    errors: [['invalid_yaml', '7:14', '', 'the anchor &shared is not defined before this place in the same document']],
  },
  {
    name: 'an anchor that contains itself',
    file: pipeline('variables: &v {A: *v}'),
    errors: [['invalid_yaml', '7:21', '', 'the anchor &v contains itself']],
  },
  {
    name: 'a billion laughs',
    file: pipeline('variables:', ...laughs),
    errors: [['invalid_yaml', '9:22', '', 'more than 1000 uses of anchors in one file']],
  },
  {
    name: 'too many aliases',
    file: pipeline(
      'title: &t a',
      `transforms: [drop: [${Array(FILE_LIMITS.aliases + 1)
        .fill('*t')
        .join(', ')}]]`,
    ),
    errors: [['invalid_yaml', '8:4023', '', 'more than 1000 uses of anchors in one file']],
  },
  {
    name: 'aliases of large values',
    file: pipeline(
      `variables: &v [${Array(500).fill('a').join(', ')}]`,
      `title: [${Array(300).fill('*v').join(', ')}]`,
    ),
    errors: [['invalid_yaml', '7:918', '', 'the anchors of the file stand for more than 100000 values']],
  },
  {
    name: 'a merge key over a text',
    file: pipeline('retry: {<<: often}'),
    errors: [['invalid_yaml', '7:11', '', '`<<` merges maps only']],
  },
  {
    name: 'a map as a key',
    file: pipeline('title: {{ .Values.title }}'),
    errors: [['invalid_yaml', '7:11', '', 'a key must be a text, not a map, a list or nothing']],
  },
  {
    name: 'an unknown tag',
    file: pipeline('title: !Ref Title'),
    errors: [['invalid_yaml', '7:15', '', 'the tag !Ref has no meaning here']],
  },
  {
    name: 'a binary tag',
    file: pipeline('title: !!binary aGVsbG8='),
    errors: [['invalid_yaml', '7:19', '', 'the tag !!binary has no meaning here']],
  },
  {
    name: 'not a number',
    file: pipeline('retry: {attempts: .nan}'),
    errors: [['invalid_yaml', '7:21', '', 'infinity and not-a-number have no form in JSON']],
  },
  {
    name: 'a key that would reach the prototype',
    file: pipeline('variables: {__proto__: a}'),
    errors: [['invalid_yaml', '7:15', '', "the key '__proto__' is not allowed"]],
  },
  {
    name: 'too many levels',
    file: pipeline(`runner: {podTemplate: ${'{a: '.repeat(64)}1${'}'.repeat(64)}}`),
    errors: [['invalid_yaml', '7:269', '', 'more than 64 levels of maps and lists']],
  },
  {
    name: 'levels without end',
    file: `a: ${'['.repeat(20_000)}`,
    errors: [['invalid_yaml', '1:1', '', 'more than 64 levels of maps and lists']],
  },
  {
    name: 'too many documents',
    file: '--- {a: 1}\n'.repeat(FILE_LIMITS.documents + 1),
    errors: [['invalid_yaml', '1001:5', '', 'more than 1000 documents in one file']],
  },
  {
    name: 'a file over the limit',
    file: `#${' '.repeat(FILE_LIMITS.bytes)}`,
    errors: [['invalid_yaml', '1:1', '', 'the file has 1048577 bytes, more than the limit of 1048576']],
  },
  {
    name: 'a NUL byte',
    file: pipeline('title: "a\u0000b"'),
    errors: [['invalid_yaml', '7:12', '', 'the control character U+0000 is not allowed in YAML']],
  },
  {
    name: 'an escape character',
    file: pipeline('title: \u001b[1mbold'),
    errors: [['invalid_yaml', '7:10', '', 'the control character U+001B is not allowed in YAML']],
  },
  {
    name: 'a byte that is no UTF-8',
    file: Buffer.concat([Buffer.from('# é\ntitle: '), Buffer.from([0xe9, 0x0a])]),
    errors: [['invalid_yaml', '2:8', '', 'the file is not UTF-8 text']],
  },
  {
    name: 'a character cut at the end',
    file: Buffer.from('title: é').subarray(0, 8),
    errors: [['invalid_yaml', '1:8', '', 'the file is not UTF-8 text']],
  },
  {
    name: 'UTF-16',
    file: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('a: 1', 'utf16le')]),
    errors: [['invalid_yaml', '1:1', '', 'the file is UTF-16, not UTF-8']],
  },
  {
    name: 'a picture',
    file: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
    errors: [['invalid_yaml', '1:1', '', 'the file is not UTF-8 text']],
  },
  {
    name: 'JSON with a trailing garbage',
    file: '{"apiVersion": "headgate.dev/v1alpha1"} x',
    errors: [['invalid_yaml', '1:41', '', 'unexpected scalar at node end']],
  },
];
