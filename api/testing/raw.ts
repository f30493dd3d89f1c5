import { createConnection, type Socket } from 'node:net';
import type { TestApi } from './harness.ts';

/** Sends bytes as they are and reads until the server closes or the head of the answer is there. */
export async function raw(t: TestApi, text: string): Promise<string> {
  const socket = await connect(t.api.url);
  socket.write(text);
  let seen = '';
  for await (const chunk of socket) {
    seen += String(chunk);
    if (seen.includes('\r\n\r\n')) break;
  }
  socket.destroy();
  return seen;
}

export function connect(url: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The header lines that every request with the administrator's token needs. */
export function bearer(t: TestApi): string {
  return `Host: x\r\nAuthorization: Bearer ${t.client.token}\r\n`;
}
