/** A TCP proxy on 127.0.0.1, to cut a network in two ways. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Bytes go nowhere, connections stay: a network that drops packets. */
  hang(): void;
  /** Connections break, new ones are refused: a service that is gone. */
  cut(): void;
  /** Lets new connections pass; those that hang go on hanging. */
  forget(): void;
  /** Lets everything pass again; what hung meanwhile goes on. */
  heal(): void;
  close(): Promise<void>;
}

/** Passes connections on to a port of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mode: 'open' | 'hanging' | 'cut' = 'open';
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    if (mode === 'hanging') socket.pause();
  };
  const server = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      keep(from);
      from.on('data', (bytes: Buffer) => void to.write(bytes));
      from.once('close', () => to.destroy());
      if (mode === 'hanging') from.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    hang: () => {
      mode = 'hanging';
      for (const socket of sockets) socket.pause();
    },
    cut: () => {
      mode = 'cut';
      destroyAll();
    },
    forget: () => {
      mode = 'open';
    },
    heal: () => {
      mode = 'open';
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      server.close();
      destroyAll();
      await once(server, 'close');
    },
  };
}
