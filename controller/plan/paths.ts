/** More differing paths than this are cut; the last one then says so. */
const MAX_PATHS = 100;

/**
 * Dotted paths at which two JSON values differ, such as `spec.transforms[1].rename.user_id`, never the values. Lists of
 * different lengths are named as a whole.
 */
export function changedPaths(before: unknown, after: unknown): string[] {
  const paths: string[] = [];
  collect(before, after, '', paths);
  return paths.length <= MAX_PATHS ? paths : [...paths.slice(0, MAX_PATHS), `… and ${paths.length - MAX_PATHS} more`];
}

function collect(before: unknown, after: unknown, path: string, paths: string[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    before.forEach((item, index) => collect(item, after[index], `${path}[${index}]`, paths));
    return;
  }
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect(before[key], after[key], path === '' ? key : `${path}.${key}`, paths);
    }
    return;
  }
  paths.push(path);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
