import { z } from 'zod';
import { durationOption } from '../duration-option.ts';

const name = (what: string): z.ZodString =>
  z
    .string()
    .regex(/^[A-Za-z0-9_.:%@-]+$/, `expected ${what}`)
    .regex(/^[^-]/, `${what} cannot begin with '-'`);
const path = z
  .string()
  .min(1)
  .regex(/^[^"\n]+$/, 'a path here cannot hold quotes or line breaks');

/** Hosts to reach with the system's ssh client. Times are milliseconds. */
export interface RemoteOptions {
  readonly hosts: readonly string[];
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly identity_file?: string | undefined;
  readonly jump?: string | undefined;
  readonly known_hosts_file?: string | undefined;
  readonly ssh_config?: string | undefined;
  readonly parallel: number;
  readonly connect_timeout: number;
  readonly host_timeout: number;
  readonly sudo: boolean;
}

/** What `remote:` accepts. */
export const remoteOptions: z.ZodType<RemoteOptions> = z.strictObject({
  /** Names or addresses, as ssh takes them. */
  hosts: z.array(name('a host name or address')).min(1),
  user: name('a user name').optional(),
  port: z.int().min(1).max(65_535).optional(),
  /** Private key without a passphrase. Without it: the agent, and the keys ssh finds by itself. */
  identity_file: path.optional(),
  /** Each is a hop. */
  jump: z
    .string()
    .regex(/^[A-Za-z0-9_.[][A-Za-z0-9_.:%@,[\]-]*$/, 'expected [user@]host[:port], several with commas')
    .optional(),
  /** Host keys are always checked. Default: ssh's own files. */
  known_hosts_file: path.optional(),
  /** An ssh_config of one's own, for whatever is not said here. */
  ssh_config: path.optional(),
  /** How many hosts at once. */
  parallel: z.int().min(1).max(200).default(10),
  connect_timeout: durationOption('10s'),
  /** For one host, all in all. */
  host_timeout: durationOption('5m'),
  /** Run as root through `sudo -n`, which must not ask for a password. */
  sudo: z.boolean().default(false),
});
