/** `hg-run-01k…-1`: derived from the run and its attempt, so that an attempt has one Job however often it is created. */
export function jobName(runId: string, attempt: number): string {
  return `hg-${runId.replaceAll('_', '-')}-${attempt}`;
}
