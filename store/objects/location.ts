/** Where objects are kept in object storage: a bucket, and what their keys begin with. */
import { HeadgateError } from '../../foundation/errors.ts';

export interface ObjectsLocation {
  readonly bucket: string;
  /** Keys begin with it and a slash; empty: with nothing. */
  readonly prefix: string;
  readonly region: string;
  /** `https://host:port` of storage that is not Amazon's. */
  readonly endpoint?: string;
  /** The bucket stands in the path of requests and not in the name of the host. */
  readonly pathStyle: boolean;
}

const FORM = 's3://bucket/prefix?region=eu-central-1, or s3://bucket/prefix?endpoint=https://host:port';
const PARTS = /^s3:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** Storage without regions takes this one for them. */
const USUAL_REGION = 'us-east-1';
/** A key has 1,024 bytes at most, of which names below the prefix need some. */
const MAX_PREFIX_BYTES = 512;
const PARAMETERS = new Set(['region', 'endpoint', 'pathStyle']);

/** The location that a URL names. A prefix stands in it as it is, without escapes. Throws `invalid_request`. */
export function parseLocation(url: string): ObjectsLocation {
  const [, bucket = '', prefix = '', query = ''] = PARTS.exec(url) ?? refuse('is not of its form');
  if (bucket.includes('@')) refuse('the URL holds credentials, which belong into a Secret');
  if (!BUCKET.test(bucket)) refuse(`'${bucket}' is no name of a bucket`);
  const parameters = new URLSearchParams(query);
  for (const name of new Set(parameters.keys())) {
    if (!PARAMETERS.has(name)) refuse(`there is no parameter '${name}'`);
    if (parameters.getAll(name).length > 1) refuse(`'${name}' is given twice`);
  }
  const given = (name: string): string | undefined => parameters.get(name) || undefined;
  const endpoint = endpointOf(given('endpoint'));
  const region = given('region') ?? (endpoint === undefined ? refuse('the region is missing') : USUAL_REGION);
  if (!REGION.test(region)) refuse(`'${region}' is no region`);
  const pathStyle = given('pathStyle') ?? String(endpoint !== undefined);
  if (pathStyle !== 'true' && pathStyle !== 'false') refuse('pathStyle is true or false');
  return {
    bucket,
    prefix: prefixOf(prefix),
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    pathStyle: pathStyle === 'true',
  };
}

/** The URL that is parsed to this location. */
export function locationUrl({ bucket, prefix, region, endpoint, pathStyle }: ObjectsLocation): string {
  const parameters = new URLSearchParams({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    pathStyle: String(pathStyle),
  });
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}?${parameters}`;
}

/** The key of the object with this name, such as `runs/<id>/output.parquet`. */
export function keyOf({ prefix }: Pick<ObjectsLocation, 'prefix'>, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** What an object is called in records: `s3://bucket/key`. Where the bucket is reached is no part of it. */
export function objectUrl(location: Pick<ObjectsLocation, 'bucket' | 'prefix'>, name: string): string {
  return `s3://${location.bucket}/${keyOf(location, name)}`;
}

/** Whether a record names an object and not a file. */
export function isObjectUrl(text: string): boolean {
  return text.startsWith('s3://');
}

function prefixOf(text: string): string {
  const prefix = text.replace(/\/$/, '');
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f\\%]/.test(prefix)) refuse('the prefix holds a control character, a backslash or a percent');
  if (prefix !== '' && prefix.split('/').some((part) => ['', '.', '..'].includes(part))) {
    refuse('the prefix has a part that is empty, `.` or `..`');
  }
  if (Buffer.byteLength(prefix) > MAX_PREFIX_BYTES) refuse(`the prefix is longer than ${MAX_PREFIX_BYTES} bytes`);
  return prefix;
}

function endpointOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : refuse('the endpoint is no URL');
  // Not shown: a password may stand in it.
  if (url.username !== '' || url.password !== '') refuse('the endpoint holds credentials, which belong into a Secret');
  const bare = url.pathname === '/' && url.search === '' && url.hash === '';
  if (!/^https?:$/.test(url.protocol) || !bare) refuse('the endpoint is not https://host:port');
  return url.origin;
}

function refuse(why: string): never {
  throw new HeadgateError('invalid_request', `the place of outputs: ${why}`, { hint: `expected: ${FORM}` });
}
