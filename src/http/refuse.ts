import type { Socket } from 'node:net';

const REFUSALS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'headers_too_large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'request_timeout'],
};

const HEADERS = [
  'Content-Type: application/json; charset=utf-8',
  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options: nosniff',
  'X-Frame-Options: DENY',
  'Cache-Control: no-cache, private',
  'Connection: close',
].join('\r\n');

/** What Node could not parse never reaches the app: the answer is written by hand. */
export function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, code] = REFUSALS[error.code ?? ''] ?? [400, 'Bad Request', 'bad_request'];
  const body = `${JSON.stringify({ error: { status, code, message: reason } })}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\n${HEADERS}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
