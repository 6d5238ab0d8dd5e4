import { CheckError, type CheckContext } from '../../../src/checker.ts';
import type { ClusterSecretOptions } from '../cluster-options.ts';

export interface ClusterCredentials {
  /** A kubeconfig. */
  readonly text: string;
  /** Names the Secret, for messages. */
  readonly where: string;
  /** Programs that it may run. */
  readonly exec: readonly string[];
}

interface Reader {
  get<Value>(path: string, read: (body: Buffer<ArrayBuffer>) => Value): Promise<Value>;
}

/** Credentials of another cluster, as its Secret holds them now. They stay in memory. */
export async function readClusterSecret(
  management: Reader,
  secret: ClusterSecretOptions,
  context: CheckContext,
): Promise<ClusterCredentials> {
  const { namespace, name, key, format, exec } = secret;
  const where = `Secret ${namespace}/${name}`;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  const { data } = await management.get(path, (body) => JSON.parse(body.toString('utf8')) as SecretObject);
  const entry = (wanted: string): string => {
    const value = data?.[wanted];
    if (typeof value === 'string' && value !== '') return Buffer.from(value, 'base64').toString('utf8');
    const known = Object.keys(data ?? {}).join(', ') || 'none';
    throw new CheckError('invalid', `${where}: expected data.${wanted}; it has ${known}`);
  };
  if (format === 'kubeconfig') return { text: entry(key), where, exec };
  return { text: kubeconfigOfArgoCd(entry('server'), entry('config'), { where, context }), where, exec };
}

interface SecretObject {
  readonly data?: Readonly<Record<string, unknown>> | null;
}

/** `config` of a cluster Secret, as Argo CD documents it. */
interface ArgoCdConfig {
  readonly username?: string;
  readonly password?: string;
  readonly bearerToken?: string;
  readonly awsAuthConfig?: unknown;
  readonly proxyUrl?: string;
  readonly execProviderConfig?: {
    readonly command?: string;
    readonly args?: readonly string[] | null;
    readonly env?: Readonly<Record<string, string>> | null;
    readonly apiVersion?: string;
  } | null;
  readonly tlsClientConfig?: {
    readonly insecure?: boolean;
    readonly serverName?: string;
    readonly caData?: string | null;
    readonly certData?: string | null;
    readonly keyData?: string | null;
  } | null;
}

function kubeconfigOfArgoCd(
  server: string,
  config: string,
  { where, context }: { readonly where: string; readonly context: CheckContext },
): string {
  const {
    username,
    password,
    bearerToken,
    tlsClientConfig: tls,
    execProviderConfig: exec,
    ...rest
  } = parse(config, where);
  if (rest.awsAuthConfig !== undefined && rest.awsAuthConfig !== null) {
    const message = `${where}: awsAuthConfig needs Argo CD's own program: expected bearerToken, tlsClientConfig, username or execProviderConfig`;
    throw new CheckError('unsupported', message);
  }
  for (const secret of [password, bearerToken, tls?.keyData]) if (secret) context.secret(secret);
  const cluster = {
    server,
    ...(tls?.insecure === true && { 'insecure-skip-tls-verify': true }),
    ...(tls?.serverName && { 'tls-server-name': tls.serverName }),
    ...(tls?.caData && { 'certificate-authority-data': tls.caData }),
    ...(rest.proxyUrl && { 'proxy-url': rest.proxyUrl }),
  };
  const user = {
    ...(username && { username }),
    ...(password && { password }),
    ...(bearerToken && { token: bearerToken }),
    ...(tls?.certData && { 'client-certificate-data': tls.certData }),
    ...(tls?.keyData && { 'client-key-data': tls.keyData }),
    ...(exec && { exec: { ...exec, env: Object.entries(exec.env ?? {}).map(([name, value]) => ({ name, value })) } }),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  });
}

function parse(config: string, where: string): ArgoCdConfig {
  try {
    return (JSON.parse(config) as ArgoCdConfig | null) ?? {};
  } catch {
    throw new CheckError('invalid', `${where}: data.config: expected JSON`); // the parser would quote it
  }
}
