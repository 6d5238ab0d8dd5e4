import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { pathText, shown, validate } from '../config/issues.ts';
import { readYaml, YamlError } from '../config/read-yaml.ts';
import { fileSignature } from './file-signature.ts';
import { basicAuthSchema, httpSchema, rateLimitSchema, tlsSchema, usersSchema } from './schema.ts';
import { tlsSettings } from './tls-settings.ts';
import type { Reading } from './web-config-file.ts';
import { webUsers } from './web-users.ts';
import type { WebSettings } from './web-settings.ts';

export type ReadWebConfig = {
  /** Every file that was looked at, there or not, with its signature from before it was read. */
  readonly files: ReadonlyMap<string, string>;
} & (
  | { readonly ok: true; readonly settings: WebSettings }
  | { readonly ok: false; /** All of them; never a secret. */ readonly errors: readonly string[] }
);

const SECTIONS = {
  tls_server_config: tlsSchema,
  http_server_config: httpSchema,
  basic_auth_users: basicAuthSchema,
  rate_limit: rateLimitSchema,
  users: usersSchema,
};

/** Reads a web configuration file of the exporter toolkit, and the certificates that it names. Never rejects. */
export async function readWebConfig(file: string): Promise<ReadWebConfig> {
  const files = new Map<string, string>();
  const errors: string[] = [];
  const read = async (path: string, key?: string): Promise<string | undefined> => {
    const absolute = resolve(dirname(file), path);
    files.set(absolute, files.get(absolute) ?? (await fileSignature(absolute)));
    try {
      return await readFile(absolute, 'utf8');
    } catch (error) {
      errors.push(`${key ?? 'the file'}: expected a file; got ${absolute}: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const text = await read(file);
  const settings = text === undefined ? undefined : await settingsOf(documentOf(text, errors), { errors, read });
  return settings !== undefined && errors.length === 0 ? { ok: true, files, settings } : { ok: false, files, errors };
}

async function settingsOf(document: unknown, reading: Reading): Promise<WebSettings> {
  const { errors } = reading;
  const top = topOf(document, errors);
  const section = <T>(schema: z.ZodType<T>, key: keyof typeof SECTIONS): T | undefined => {
    const input = top[key];
    if (input === undefined || input === null) return undefined;
    const result = validate(schema, input, [key]);
    if (result.ok) return result.value;
    errors.push(...result.errors);
    return undefined;
  };
  const tlsFile = section(tlsSchema, 'tls_server_config');
  const empty = isMap(top['tls_server_config']) && Object.keys(top['tls_server_config']).length === 0;
  const http = section(httpSchema, 'http_server_config');
  const passwords = section(basicAuthSchema, 'basic_auth_users') ?? {};
  const limit = section(rateLimitSchema, 'rate_limit');
  const users = section(usersSchema, 'users');
  const tls = tlsFile === undefined || empty ? undefined : await tlsSettings(tlsFile, reading);
  const headers = Object.entries(http?.headers ?? {}).filter(([, value]) => value !== undefined && value !== '');
  const usersBroken = users === undefined && top['users'] !== undefined && top['users'] !== null;
  return {
    ...(tls !== undefined && { tls }),
    headers: Object.fromEntries(headers) as Readonly<Record<string, string>>,
    users: usersBroken ? [] : webUsers({ passwords, users, clientAuth: tlsFile?.client_auth_type, errors }),
    ...(limit !== undefined && limit.interval > 0 && { rateLimit: { intervalMs: limit.interval, burst: limit.burst } }),
  };
}

function documentOf(text: string, errors: string[]): unknown {
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    errors.push(error.message);
    return null;
  }
}

function topOf(document: unknown, errors: string[]): Readonly<Record<string, unknown>> {
  const known = Object.keys(SECTIONS);
  if (document === null) return {};
  if (!isMap(document)) {
    errors.push(`the file: expected a map of sections; got ${shown(document)}`);
    return {};
  }
  for (const key of Object.keys(document).filter((key) => !known.includes(key))) {
    errors.push(`${pathText([key])}: unknown key; expected one of ${known.join(', ')}`);
  }
  return document;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? String(error);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is none',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
};
