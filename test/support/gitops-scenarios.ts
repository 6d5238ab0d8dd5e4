import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startReplayServer, type Cluster, type Fault, type ReplayServer } from './kube-replay-server.ts';
import { kubeconfig } from './kubernetes-sources.ts';

type Prepare = (dir: string) => Promise<Readonly<Record<string, unknown>>>;

export interface GitopsScenarios {
  /** Options to look at a cluster, that takes the token only, with these files beside them. */
  at(
    cluster: Cluster,
    options: object,
    more?: { readonly files?: Readonly<Record<string, string>>; readonly fault?: Fault },
  ): Prepare;
  /** Options to look at the status in a cluster at a URL, with all the time there is. */
  elsewhere(url: string): Prepare;
  /** A cluster beside it, for anybody. */
  start(cluster: Cluster): Promise<ReplayServer>;
}

/** For conformance scenarios of checkers that look at a GitOps tool in a cluster; the clusters end with the describe block. */
export function gitopsScenarios(token: string): GitopsScenarios {
  const servers: ReplayServer[] = [];
  after(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  const start = async (...options: Parameters<typeof startReplayServer>): Promise<ReplayServer> => {
    const server = await startReplayServer(...options);
    servers.push(server);
    return server;
  };
  return {
    at:
      (cluster, options, { files = {}, fault = () => false } = {}) =>
      async (dir) => {
        const server = await start({ cluster, fault, token: () => token });
        for (const [name, text] of Object.entries(files)) {
          await mkdir(dirname(join(dir, name)), { recursive: true });
          await writeFile(join(dir, name), text);
        }
        await writeFile(join(dir, 'kubeconfig'), kubeconfig(server.url, { token }));
        return { kubeconfig: 'kubeconfig', ...options };
      },
    elsewhere: (url) => async (dir) => {
      await writeFile(join(dir, 'kubeconfig'), kubeconfig(url));
      return { kubeconfig: 'kubeconfig', status: {}, request_timeout_seconds: 600 };
    },
    start: (cluster) => start({ cluster }),
  };
}
