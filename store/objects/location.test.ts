import { describe, expect, test } from 'vitest';
import { keyOf, locationUrl, objectUrl, parseLocation, type ObjectsLocation } from './location.ts';

const HERE = 'https://s3.example.com:9000';

describe('a location', () => {
  test.each<[string, ObjectsLocation]>([
    ['s3://data?region=eu-central-1', { bucket: 'data', prefix: '', region: 'eu-central-1', pathStyle: false }],
    ['s3://data/?region=eu-central-1', { bucket: 'data', prefix: '', region: 'eu-central-1', pathStyle: false }],
    ['s3://data/a/b/?region=x', { bucket: 'data', prefix: 'a/b', region: 'x', pathStyle: false }],
    ['s3://data/a b+ü&=?region=x', { bucket: 'data', prefix: 'a b+ü&=', region: 'x', pathStyle: false }],
    [
      `s3://data/x?endpoint=${HERE}`,
      { bucket: 'data', prefix: 'x', region: 'us-east-1', endpoint: HERE, pathStyle: true },
    ],
    [
      `s3://data/x?endpoint=${HERE}/&pathStyle=false&region=r1`,
      { bucket: 'data', prefix: 'x', region: 'r1', endpoint: HERE, pathStyle: false },
    ],
  ])('%s', (url, location) => {
    expect(parseLocation(url)).toEqual(location);
    expect(parseLocation(locationUrl(location))).toEqual(location);
  });

  test.each([
    ['', 'not of its form'],
    ['https://data', 'not of its form'],
    ['s3://data?region=x#y', 'not of its form'],
    ['s3://?region=x', 'no name of a bucket'],
    ['s3://Data?region=x', 'no name of a bucket'],
    ['s3://me:s3cret@data?region=x', 'credentials'],
    ['s3://data', 'region is missing'],
    ['s3://data?region=', 'region is missing'],
    ['s3://data?region=EU West', 'no region'],
    ['s3://data?region=x&region=y', 'twice'],
    ['s3://data?region=x&key=y', "no parameter 'key'"],
    ['s3://data?region=x&pathStyle=yes', 'true or false'],
    ['s3://data?endpoint=here', 'no URL'],
    ['s3://data?endpoint=ftp://here', 'not https://host:port'],
    ['s3://data?endpoint=https://here/path', 'not https://host:port'],
    ['s3://data?endpoint=https://me:s3cret@here', 'credentials'],
    ['s3://data/a//b?region=x', 'empty'],
    ['s3://data/../b?region=x', 'empty'],
    ['s3://data/a%20b?region=x', 'percent'],
    [`s3://data/${'ü'.repeat(300)}?region=x`, 'longer than 512 bytes'],
  ])('%s is refused', (url, why) => {
    const refused = (): ObjectsLocation => parseLocation(url);
    expect(refused).toThrow(why);
    expect(refused).not.toThrow('s3cret');
  });
});

test('keys and URLs of objects', () => {
  expect(keyOf({ prefix: '' }, 'runs/r/o')).toBe('runs/r/o');
  expect(keyOf({ prefix: 'a/b' }, 'runs/r/o')).toBe('a/b/runs/r/o');
  expect(objectUrl({ bucket: 'data', prefix: 'a b' }, 'runs/r/o')).toBe('s3://data/a b/runs/r/o');
});
