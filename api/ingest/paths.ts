import type { Presenter } from '../presenters/presenter.ts';

/** Where a request that brings events goes. */
export interface Endpoint {
  /** The declared path, for metrics. */
  readonly route: string;
  readonly path: string;
  /** Behind the question mark, or empty. */
  readonly search: string;
  /** The id or name of the pipeline whose webhook it is; null for `POST /events`. */
  readonly hook: string | null;
  /** The id or name of the integration whose events these are; null: each event names its pipeline. */
  readonly integration: string | null;
  readonly presenter: Presenter;
}

const ABSOLUTE = /^https?:\/\/[^/?#]*/i;
const MAX_PATH = 500;

/** The endpoint that a request's target names, or null. A slash at its end changes nothing, as with all routes. */
export function endpointOf(url: string, presenters: readonly Presenter[]): Endpoint | null {
  const target = url.startsWith('/') ? url : url.replace(ABSOLUTE, '');
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (path.length > MAX_PATH) return null;
  const plain = path.endsWith('/') ? path.slice(0, -1) : path;
  for (const presenter of presenters) {
    const { prefix } = presenter;
    if (!plain.startsWith(prefix)) continue;
    const search = mark < 0 ? '' : target.slice(mark + 1);
    const rest = plain.slice(prefix.length);
    const common = { path, search, hook: null, integration: null, presenter };
    if (rest === '/events') return { ...common, route: `${prefix}/events` };
    const hook = between(rest, '/hooks/', '');
    if (hook !== null) return { ...common, route: `${prefix}/hooks/{id}`, hook };
    const integration = between(rest, '/integrations/', '/events');
    if (integration !== null) return { ...common, route: `${prefix}/integrations/{id}/events`, integration };
  }
  return null;
}

/** The one part of a path that stands between two texts, or null. */
function between(rest: string, before: string, behind: string): string | null {
  if (!rest.startsWith(before) || !rest.endsWith(behind) || rest.length <= before.length + behind.length) return null;
  return nameOf(rest.slice(before.length, rest.length - behind.length));
}

function nameOf(part: string): string | null {
  if (part === '' || part.includes('/')) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    // Nothing is called that.
    return part;
  }
}
