import { CheckError } from '../../../src/checker.ts';
import { parseYaml } from '../desired/yaml.ts';
import type { ClusterCredentials } from './cluster-secret.ts';

/** What credentials from elsewhere may say. Whoever writes them must not have our files read or our programs run by it. */
const CLUSTER_KEYS = [
  'server',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'proxy-url',
  'disable-compression',
];
const USER_KEYS = ['token', 'username', 'password', 'client-certificate-data', 'client-key-data', 'exec'];

type Fields = Readonly<Record<string, unknown>>;

/** A kubeconfig that names no file and no program but those allowed, as JSON. Throws CheckError. */
export function readForeignKubeconfig({ text, where, exec }: ClusterCredentials): string {
  const document = parsed(text, where);
  for (const [list, kind, keys] of [
    ['clusters', 'cluster', CLUSTER_KEYS],
    ['users', 'user', USER_KEYS],
  ] as const) {
    for (const entry of listOf(document[list])) {
      const named = Object.keys(fields(entry[kind])).filter((key) => !keys.includes(key) && key !== 'extensions');
      if (named.length === 0) continue;
      const message = `the kubeconfig has ${named.join(', ')} of a ${kind}: expected no more than ${keys.join(', ')}`;
      throw new CheckError('unsupported', `${where}: ${message}`);
    }
  }
  for (const entry of listOf(document['users'])) requireAllowed(fields(fields(entry['user'])['exec']), { where, exec });
  return JSON.stringify(document);
}

function requireAllowed({ command }: Fields, { where, exec }: Omit<ClusterCredentials, 'text'>): void {
  if (command === undefined || (typeof command === 'string' && exec.includes(command))) return;
  const allowed = exec.join(', ') || 'none';
  const message = `the kubeconfig runs ${JSON.stringify(command)} for a token; expected one of cluster_secret.exec (${allowed})`;
  throw new CheckError('unsupported', `${where}: ${message}`);
}

function parsed(text: string, where: string): Fields {
  try {
    const document = fields(parseYaml(text));
    if (Array.isArray(document['clusters']) && Array.isArray(document['users'])) return document;
  } catch {
    // what the parser says may quote it
  }
  throw new CheckError('invalid', `${where}: expected a kubeconfig`);
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
