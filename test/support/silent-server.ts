import { createServer, type AddressInfo } from 'node:net';

/** A server that takes connections and says nothing. */
async function startSilentServer(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** One for the tests of a describe block. */
export function useSilentServer(): { url(): string } {
  let silent: Awaited<ReturnType<typeof startSilentServer>> | undefined;
  before(async () => {
    silent = await startSilentServer();
  });
  after(() => silent?.close());
  return { url: () => silent?.url ?? '' };
}
