import { z } from 'zod';
import { durationOption } from '../hosts/duration-option.ts';
import { remoteOptions, type RemoteOptions } from '../hosts/remote/remote-options.ts';

export type ChefOptions = LocalOptions | ServerOptions | ReportsOptions;

/** `chef-client --local-mode --why-run` on this host. Paths are inside the source. */
export interface LocalOptions {
  readonly mode: 'local';
  readonly chef_repo: string;
  readonly run_list: readonly string[];
  readonly json_attributes?: string | undefined;
  readonly node_name?: string | undefined;
  readonly environment?: string | undefined;
  readonly chef_client: string;
}

/** `chef-client --why-run` against the server that the host's own client.rb names. */
export interface ServerOptions {
  readonly mode: 'server';
  readonly client_rb: string;
  readonly run_list: readonly string[];
  readonly chef_client: string;
  readonly remote?: RemoteOptions | undefined;
}

/** What the reporter wrote on the nodes, or what the data collector wrote. `max_age`: milliseconds. */
export interface ReportsOptions {
  readonly mode: 'reports';
  readonly directory: string;
  readonly max_age: number;
  readonly nodes: readonly string[];
}

const inside = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'expected a path inside the source');
const item = z
  .string()
  .regex(/^[\w:@.[\]-]+$/, 'expected a recipe or role')
  .regex(/^[^-]/, "cannot begin with '-'");
const word = z.string().regex(/^[\w.][\w.-]*$/, "expected letters, digits, '_', '-' and '.'");
const program = z.string().min(1).default('chef-client');

const local = z.strictObject({
  mode: z.literal('local'),
  chef_repo: inside.default('.'),
  run_list: z.array(item).min(1),
  json_attributes: inside.optional(),
  node_name: word.optional(),
  environment: word.optional(),
  chef_client: program,
});

const server = z.strictObject({
  mode: z.literal('server'),
  client_rb: z.string().min(1).default('/etc/chef/client.rb'),
  run_list: z.array(item).default([]),
  chef_client: program,
  remote: remoteOptions.optional(),
});

const reports = z.strictObject({
  mode: z.literal('reports'),
  directory: z.string().min(1),
  max_age: durationOption('2h'),
  nodes: z.array(z.string().min(1)).default([]),
});

export const options: z.ZodType<ChefOptions> = z.discriminatedUnion('mode', [local, server, reports]);
