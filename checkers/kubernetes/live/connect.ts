import type { Agent, OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { CheckError, type CheckContext } from '../../../src/checker.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import type { ClusterCredentials } from './cluster-secret.ts';
import { createExecPlugin } from './exec-plugin.ts';
import { readForeignKubeconfig } from './foreign-kubeconfig.ts';

type ClusterAccess = Pick<ClusterOptions, 'kubeconfig' | 'context'>;

/** Which API server, as whom. */
export interface Connection {
  /** With the path that a proxy in front of several clusters puts before the API's own. */
  readonly base: URL;
  /** Of the kubeconfig's context; absent when it names none. */
  readonly namespace: string | undefined;
  /** TLS, agent and credentials for one request: token files and exec plugins are asked again when their time is up. */
  credentials(): Promise<RequestOptions>;
  close(): void;
}

/** Reads the kubeconfig or the pod's service account. Rejects with CheckError when there is none that can be used. */
export async function connect(options: ClusterAccess, context: CheckContext): Promise<Connection> {
  const config = await loadConfig(options, context);
  selectContext(config, options.context);
  return connectionOf(config, options, context);
}

/** With the credentials of another cluster. Rejects with CheckError when they cannot be used. */
export async function connectWith(credentials: ClusterCredentials, context: CheckContext): Promise<Connection> {
  const kubeconfig = readForeignKubeconfig(credentials);
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  try {
    config.loadFromString(kubeconfig);
  } catch {
    throw new CheckError('invalid', `${credentials.where}: expected a kubeconfig`); // the library may quote it
  }
  selectContext(config, undefined);
  return connectionOf(config, {}, context);
}

function connectionOf(config: KubeConfig, options: ClusterAccess, context: CheckContext): Connection {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new CheckError('invalid', 'kubeconfig: the current context names no cluster in it');
  registerSecrets(config, context);
  const authenticate = pluginOf(config, options, context);
  const agents = new Set<Agent>();
  return {
    base: serverUrl(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    credentials: async () => {
      const request: RequestOptions = {};
      await authenticate();
      await apply(config, request);
      registerToken(request.headers, context);
      // The library makes the agent and shares it between requests, but without keep-alive.
      const agent = request.agent as Agent;
      agents.add(Object.assign(agent, { keepAlive: true }));
      return request;
    },
    close: () => {
      for (const agent of agents) agent.destroy();
    },
  };
}

async function loadConfig(options: ClusterAccess, context: CheckContext): Promise<KubeConfig> {
  // Costs 80 MiB and half a second with its generated models: only who checks a cluster pays.
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  const { kubeconfig } = options;
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(resolve(context.source.dir, kubeconfig));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = `kubeconfig: ${error instanceof Error ? error.message : String(error)}`;
    throw new CheckError(missing ? 'not_found' : 'invalid', message, { cause: error });
  }
  if (config.getCurrentContext() === LIBRARY_FALLBACK) {
    throw new CheckError(
      'not_found',
      'no kubeconfig: the option is not set, KUBECONFIG neither, ~/.kube/config does not exist, and this is no pod',
    );
  }
  return config;
}

/** What the library calls the context of its last resort, http://localhost:8080. */
const LIBRARY_FALLBACK = 'loaded-context';

function selectContext(config: KubeConfig, name: string | undefined): void {
  const wanted = name ?? config.getCurrentContext();
  if (config.getContextObject(wanted) !== null) {
    config.setCurrentContext(wanted);
    return;
  }
  const known = config
    .getContexts()
    .map((context) => context.name)
    .join(', ');
  throw new CheckError('invalid', `kubeconfig: no context ${JSON.stringify(wanted)}; it has ${known || 'none'}`);
}

function serverUrl(server: string): URL {
  if (!URL.canParse(server)) throw new CheckError('invalid', 'kubeconfig: the cluster’s server is not a URL');
  return new URL(server);
}

/** Runs the user's exec plugin where there is one, ourselves: the library would start it with all of the environment. */
function pluginOf(config: KubeConfig, options: ClusterAccess, context: CheckContext): () => Promise<void> {
  const user = config.getCurrentUser();
  const { exec, ...rest } = user ?? {};
  if (user === null || exec === undefined || exec === null) return () => Promise.resolve();
  const file = options.kubeconfig === undefined ? undefined : resolve(context.source.dir, options.kubeconfig);
  const plugin = createExecPlugin(exec as Parameters<typeof createExecPlugin>[0], context, file);
  return async () => {
    const credential = await plugin();
    if (credential.keyData !== undefined) context.secret(credential.keyData);
    const authenticated = { ...rest, ...credential, name: user.name };
    config.users = config.users.map((one) => (one.name === user.name ? authenticated : one));
  };
}

async function apply(config: KubeConfig, request: RequestOptions): Promise<void> {
  try {
    await config.applyToHTTPSOptions(request);
  } catch (error) {
    const message = error instanceof Error ? error.message.trim() : String(error);
    const reason = message.startsWith('HTTP protocol') ? 'invalid' : 'unauthenticated';
    throw new CheckError(reason, `kubeconfig: credentials cannot be had: ${message}`, { cause: error });
  }
}

function registerSecrets(config: KubeConfig, context: CheckContext): void {
  const user = config.getCurrentUser();
  for (const secret of [user?.token, user?.password, user?.keyData]) {
    if (typeof secret === 'string' && secret !== '') context.secret(secret);
  }
}

function registerToken(headers: OutgoingHttpHeaders | readonly string[] | undefined, context: CheckContext): void {
  const { Authorization: header } = (headers ?? {}) as OutgoingHttpHeaders;
  const token = typeof header === 'string' ? header.replace(/^Bearer /, '') : '';
  if (token !== '') context.secret(token);
}
