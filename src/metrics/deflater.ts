import { constants, createDeflateRaw } from 'node:zlib';

export interface Deflater {
  /** Raw deflate, byte-aligned and not final. It refers to nothing before it, so that anything may stand around it. */
  deflate(text: Buffer): Promise<Buffer>;
  close(): void;
}

/** One stream for all, outside the event loop: making one anew for each text costs more than deflating it. */
export function createDeflater(): Deflater {
  const stream = createDeflateRaw({ level: constants.Z_BEST_SPEED, flush: constants.Z_FULL_FLUSH });
  let pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  let last: Promise<unknown> = Promise.resolve();

  const deflateNow = async (text: Buffer): Promise<Buffer> => {
    await new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => (error == null ? resolve() : reject(error)));
    });
    const deflated = Buffer.concat(pieces);
    pieces = [];
    return deflated;
  };
  return {
    deflate: (text) => {
      const deflated = last.then(() => deflateNow(text));
      last = deflated.catch(() => undefined);
      return deflated;
    },
    close: () => {
      stream.destroy();
    },
  };
}
