import type { Request, Response } from 'express';

/** Sends a body that is ready, piece by piece: nothing is copied. Nothing but the headers for HEAD. */
export function sendPieces(
  request: Request,
  response: Response,
  body: { readonly type: string; readonly pieces: readonly Buffer[]; readonly encoding: 'gzip' | undefined },
): void {
  const { type, pieces, encoding } = body;
  response.status(200);
  response.vary('Accept-Encoding');
  response.setHeader('Content-Type', type);
  response.setHeader(
    'Content-Length',
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
  if (encoding !== undefined) response.setHeader('Content-Encoding', encoding);
  response.cork();
  if (request.method !== 'HEAD') for (const piece of pieces) response.write(piece);
  response.uncork();
  response.end();
}
