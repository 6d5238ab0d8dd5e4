import { connect } from 'node:net';

/** Sends bytes as they are, and resolves to the status and the text of what comes back before the connection ends. */
export async function rawRequest(port: number, bytes: string | Buffer): Promise<{ status: number; text: string }> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(5000, () => socket.destroy());
  socket.end(bytes);
  let text = '';
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch {
    // Reset: what had come is the answer.
  }
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text };
}
