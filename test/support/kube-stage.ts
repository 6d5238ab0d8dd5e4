/**
 * A cluster at several moments: a real API server where KUBEBUILDER_ASSETS names one, else what one answered, recorded.
 * With UPDATE_RECORDINGS=1 the real one is recorded anew.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKubeApiServer, type KubeApiServer } from './kube-apiserver.ts';
import { startReplayServer, type Cluster, type KubeList, type ReplayServer } from './kube-replay-server.ts';
import { loadCorpus } from './kubernetes-corpus.ts';
import { kubeconfig } from './kubernetes-sources.ts';

export interface Play {
  /** Where the recording is kept, packed. */
  readonly recording: URL;
  /** Paths that are recorded at each moment: `/api/v1/secrets`. */
  readonly lists: readonly string[];
  /** Paths that are recorded once: discovery and OpenAPI of what the Kubernetes corpus has not. */
  readonly documents: readonly string[];
  /** What is done to the cluster, in this order. */
  readonly moments: Readonly<Record<string, (server: KubeApiServer) => Promise<void>>>;
}

export interface Stage {
  /** A kubeconfig file of the cluster at a moment. A real server only goes forward. */
  at(moment: string): Promise<string>;
  /** Whether this is a real API server. */
  readonly isReal: boolean;
  /** Of a real API server; rejects otherwise. */
  kubectl: KubeApiServer['kubectl'];
  close(): Promise<void>;
}

interface Recording {
  readonly recordedAt: string;
  readonly documents: Readonly<Record<string, string>>;
  readonly moments: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export async function openStage(play: Play): Promise<Stage> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  return assets === undefined ? replay(play) : perform(play, await startKubeApiServer(assets));
}

function perform({ recording, lists, documents, moments }: Play, server: KubeApiServer): Stage {
  const waiting = Object.entries(moments);
  const recorded: Record<string, Record<string, string>> = {};
  let current = '';
  return {
    isReal: true,
    kubectl: (args, options) => server.kubectl(args, options),
    at: async (moment) => {
      while (current !== moment) {
        const [name, act] = waiting.shift() ?? [];
        if (name === undefined || act === undefined) throw new Error(`${moment} is over, or was never`);
        await act(server);
        current = name;
        if (isRecording()) recorded[name] = await answers(server, lists);
      }
      return server.kubeconfig;
    },
    close: async () => {
      try {
        if (isRecording()) {
          const kept = { recordedAt: new Date().toISOString(), documents: await answers(server, documents) };
          await writeFile(recording, await pack(JSON.stringify({ ...kept, moments: recorded })));
        }
      } finally {
        await server.close();
      }
    },
  };
}

function isRecording(): boolean {
  return process.env['UPDATE_RECORDINGS'] === '1';
}

async function answers(server: KubeApiServer, paths: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of paths) found[path] = await server.kubectl(['get', '--raw', path]);
  return found;
}

function pack(text: string): Promise<Buffer> {
  return promisify(brotliCompress)(Buffer.from(text), { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } });
}

async function replay({ recording }: Play): Promise<Stage> {
  const text = (await promisify(brotliDecompress)(await readFile(recording))).toString('utf8');
  const { recordedAt, documents, moments } = JSON.parse(text) as Recording;
  const dir = await mkdtemp(join(tmpdir(), 'drift-stage-'));
  const servers: ReplayServer[] = [];
  return {
    isReal: false,
    kubectl: () => Promise.reject(new Error('this is a recording')),
    at: async (moment) => {
      const lists = moments[moment];
      if (lists === undefined) throw new Error(`${moment} was not recorded`);
      const server = await startReplayServer({ cluster: await clusterOf(documents, lists, recordedAt) });
      servers.push(server);
      const file = join(dir, `${moment}-${servers.length}`);
      await writeFile(file, kubeconfig(server.url));
      return file;
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What the corpus has is not recorded again: discovery and schemas of the built-in kinds. */
async function clusterOf(
  own: Recording['documents'],
  recorded: Readonly<Record<string, string>>,
  recordedAt: string,
): Promise<Cluster> {
  const documents = new Map<string, string>();
  for (const [name, body] of (await loadCorpus()).recordings) {
    const path = name.replace(/\.json$/, '');
    if (path.startsWith('openapi/')) documents.set(`/${path}`, body);
    else if (path.startsWith('discovery/')) documents.set(path.slice('discovery'.length), body);
  }
  for (const [path, body] of Object.entries(own)) documents.set(path, indented(path, body));
  const lists = Object.entries(recorded).map(
    ([path, body]) => [path, JSON.parse(asIfNow(body, recordedAt)) as KubeList] as const,
  );
  return { documents, lists: new Map(lists) };
}

/** The replay server looks for the names of resources as kubectl prints them. */
function indented(path: string, body: string): string {
  return path.startsWith('/openapi') ? body : JSON.stringify(JSON.parse(body), null, 2);
}

/** What was recent when it was recorded is recent now. */
function asIfNow(body: string, recordedAt: string): string {
  const later = Date.now() - Date.parse(recordedAt);
  return body.replaceAll(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g, (whole, at: string) =>
    Number.isNaN(Date.parse(at)) ? whole : `"${new Date(Date.parse(at) + later).toISOString()}"`,
  );
}
