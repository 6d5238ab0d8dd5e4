import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { parseDuration } from '../config/duration.ts';
import { CIPHER_SUITES, CURVES } from './cipher-suites.ts';
import { SCOPES } from './scopes.ts';
import type * as file from './web-config-file.ts';
import { CLIENT_AUTH_TYPES } from './web-settings.ts';

const text = z.string().optional();

/** TLS 1.0 and 1.1 are not to be had: OpenSSL 3 refuses their signatures. */
const version = z.string().regex(/^TLS1[23]$/, 'expected TLS12 or TLS13; older versions are not offered');

/** Sections as the exporter toolkit reads them. Its names, its meanings; a file of it alone is a valid file here. */
export const tlsSchema: z.ZodType<file.TlsFile> = z.strictObject({
  cert: text,
  key: text,
  client_ca: text,
  cert_file: text,
  key_file: text,
  client_ca_file: text,
  client_auth_type: z
    .preprocess((type) => ALIASES.get(type) ?? type, z.enum(CLIENT_AUTH_TYPES))
    .default('NoClientCert'),
  client_allowed_sans: z.array(z.string().min(1)).min(1).optional(),
  min_version: version.default('TLS12'),
  max_version: version.default('TLS13'),
  cipher_suites: z.array(z.enum(Object.keys(CIPHER_SUITES))).default([]),
  prefer_server_cipher_suites: z.boolean().default(true),
  curve_preferences: z.array(z.enum(Object.keys(CURVES))).default([]),
});

/** What the toolkit still takes, too. */
const ALIASES = new Map<unknown, string>([
  ['', 'NoClientCert'],
  ['RequireClientCert', 'RequireAnyClientCert'],
]);

const header = z.string().refine(isHeaderValue, 'expected one line of printable characters').optional();

export const httpSchema: z.ZodType<file.HttpFile> = z.strictObject({
  http2: z
    .boolean()
    .refine((on) => !on, 'expected false: HTTP/2 is not offered')
    .default(false),
  headers: z
    .strictObject({
      'Content-Security-Policy': header,
      'X-Frame-Options': z.enum(['deny', 'sameorigin']).optional(),
      'X-Content-Type-Options': z.enum(['nosniff']).optional(),
      'X-XSS-Protection': header,
      'Strict-Transport-Security': z
        .string()
        .regex(
          /^(max-age=\d+(\s*;\s*(includeSubDomains|preload))*)?$/i,
          'expected max-age=SECONDS, then includeSubDomains or preload after semicolons',
        )
        .optional(),
    })
    .default({}),
});

export const rateLimitSchema: z.ZodType<file.RateLimitFile> = z.strictObject({
  interval: z
    .string()
    .refine((text) => text === '0' || parseDuration(text) !== undefined, 'expected a duration such as 100ms or 1s')
    .transform((text) => parseDuration(text) ?? 0),
  burst: z.int().min(1).default(1),
});

/** Our own section: what each user may do. */
export const usersSchema: z.ZodType<file.UsersFile> = z.record(
  z.string().min(1),
  z.strictObject({
    scopes: z.array(z.enum(SCOPES)).min(1),
    client_sans: z.array(z.string().min(1)).default([]),
    client_common_names: z.array(z.string().min(1)).default([]),
  }),
);

/** Values are looked at elsewhere: no message may show them. */
export const basicAuthSchema: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown());

function isHeaderValue(value: string): boolean {
  try {
    validateHeaderValue('X-Header', value);
    return true;
  } catch {
    return false;
  }
}
