import { dirname, isAbsolute, resolve } from 'node:path';
import type { User } from '@kubernetes/client-node';
import { CheckError, isCheckError, type CheckContext } from '../../../src/checker.ts';

/** What a plugin answered, as the fields of a kubeconfig's user. */
export type PluginCredential = Partial<Pick<User, 'token' | 'certData' | 'keyData'>>;

interface ExecConfig {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

/** A plugin is asked again this long before its answer expires. */
const SPARE_MS = 10_000;

/**
 * Asks a kubeconfig's exec plugin for credentials, and again when they expire. It runs as every program does: without a
 * shell, with the allow-listed environment, and gone when the run is.
 */
export function createExecPlugin(
  exec: ExecConfig,
  context: CheckContext,
  kubeconfig: string | undefined,
): () => Promise<PluginCredential> {
  let known: { readonly credential: PluginCredential; readonly expiresAt: number } | undefined;
  return async () => {
    if (known === undefined || known.expiresAt - SPARE_MS < Date.now()) known = await ask(exec, context, kubeconfig);
    return known.credential;
  };
}

async function ask(
  exec: ExecConfig,
  context: CheckContext,
  kubeconfig: string | undefined,
): Promise<{ credential: PluginCredential; expiresAt: number }> {
  const { command = '', apiVersion = 'client.authentication.k8s.io/v1' } = exec;
  const isRelative = command.includes('/') && !isAbsolute(command) && kubeconfig !== undefined;
  const file = isRelative ? resolve(dirname(kubeconfig), command) : command;
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  const own = (exec.env ?? []).map(({ name, value }) => [name, value] as const);
  const env = { ...Object.fromEntries(own), KUBERNETES_EXEC_INFO: info };
  try {
    const { stdout } = await context.run(file, exec.args ?? [], { env, cwd: context.dirs.temporary });
    return readCredential(stdout, command);
  } catch (error) {
    if (!isCheckError(error) || error.reason !== 'exit_code') throw error;
    throw new CheckError('unauthenticated', `kubeconfig: exec plugin: ${error.message}`, { cause: error });
  }
}

interface ExecCredential {
  readonly status?: {
    readonly token?: unknown;
    readonly clientCertificateData?: unknown;
    readonly clientKeyData?: unknown;
    readonly expirationTimestamp?: unknown;
  };
}

function readCredential(stdout: string, command: string): { credential: PluginCredential; expiresAt: number } {
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parse(stdout)?.status ?? {};
  const credential = {
    ...(typeof token === 'string' && { token }),
    ...(typeof clientCertificateData === 'string' && { certData: toBase64(clientCertificateData) }),
    ...(typeof clientKeyData === 'string' && { keyData: toBase64(clientKeyData) }),
  };
  if (Object.keys(credential).length === 0) {
    const message = `kubeconfig: exec plugin ${command}: expected an ExecCredential with a token or a certificate`;
    throw new CheckError('bad_output', message);
  }
  const expiresAt = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : NaN;
  return { credential, expiresAt: Number.isNaN(expiresAt) ? Infinity : expiresAt };
}

function parse(stdout: string): ExecCredential | null {
  try {
    return JSON.parse(stdout) as ExecCredential | null;
  } catch {
    return null;
  }
}

function toBase64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
