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
    if (rest === '/events') return { route: `${prefix}/events`, path, search, hook: null, presenter };
    const hook = rest.startsWith('/hooks/') ? nameOf(rest.slice('/hooks/'.length)) : null;
    if (hook !== null) return { route: `${prefix}/hooks/{id}`, path, search, hook, presenter };
  }
  return null;
}

function nameOf(part: string): string | null {
  if (part === '' || part.includes('/')) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    // No pipeline is called that.
    return part;
  }
}
