/** The longest line that is kept: an object of Kubernetes is at most 1.5 MiB in etcd, and a log line is cut before. */
const MAX_LINE = 16 * 2 ** 20;

/** Whole lines of a stream of UTF-8, without their ends and without empty ones. Throws when one is over 16 MiB. */
export async function* splitLines(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) throw new RangeError(`a line of the API server is over ${MAX_LINE} characters`);
    for (const line of lines) if (line !== '') yield line;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
