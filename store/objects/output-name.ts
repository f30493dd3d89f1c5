/** What the output of a run is called in a bucket, below its prefix. */
export function outputName(runId: string): string {
  return `runs/${runId}/output.parquet`;
}
