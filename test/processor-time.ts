/** Milliseconds that this thread computes for `work`, which waits for nothing: about the same however busy the machine is. */
export function processorMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
