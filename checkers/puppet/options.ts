import { z } from 'zod';
import type { Json } from '../../src/checker.ts';
import { durationOption } from '../hosts/duration-option.ts';
import { remoteOptions, type RemoteOptions } from '../hosts/remote/remote-options.ts';

export type PuppetOptions = ApplyOptions | AgentOptions | ReportsOptions;

/** `puppet apply --noop`. Paths are inside the source, or inside its `archive`. */
export interface ApplyOptions {
  readonly mode: 'apply';
  readonly manifest?: string | undefined;
  readonly environment_dir?: string | undefined;
  readonly environment: string;
  readonly modulepath?: readonly string[] | undefined;
  readonly hiera_config?: string | undefined;
  readonly facts: Readonly<Record<string, Json>>;
  readonly archive?: string | undefined;
  readonly certname?: string | undefined;
  readonly puppet: string;
  readonly remote?: RemoteOptions | undefined;
}

/** `puppet agent --test --noop`. */
export interface AgentOptions {
  readonly mode: 'agent';
  readonly server?: string | undefined;
  readonly server_port?: number | undefined;
  readonly environment?: string | undefined;
  readonly puppet: string;
  readonly remote?: RemoteOptions | undefined;
}

/** Reports that are already there. `max_age`: milliseconds. */
export interface ReportsOptions {
  readonly mode: 'reports';
  readonly directory?: string | undefined;
  readonly puppetdb?: PuppetDbOptions | undefined;
  readonly max_age: number;
  readonly hosts: readonly string[];
}

export interface PuppetDbOptions {
  readonly url: string;
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly token_file?: string | undefined;
  readonly environment?: string | undefined;
}

/** A path inside the source. */
const inside = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'expected a path inside the source');

/** Whatever a configuration can hold. */
const json = z.unknown() as unknown as z.ZodType<Json>;

const word = z.string().regex(/^\w+$/, "expected letters, digits and '_'");
const program = z.string().min(1).default('puppet');

const apply = z.strictObject({
  mode: z.literal('apply'),
  /** A manifest, or a directory of them. Default: the environment's own. */
  manifest: inside.optional(),
  /** A directory that is an environment: `manifests`, `modules`, `hiera.yaml`, `environment.conf`. */
  environment_dir: inside.optional(),
  /** The name of that environment. */
  environment: word.default('production'),
  modulepath: z.array(inside).optional(),
  hiera_config: inside.optional(),
  facts: z.record(z.string().regex(/^[a-z]\w*$/, 'expected a fact name'), json).default({}),
  /** A tarball inside the source that holds all of the above. */
  archive: inside.optional(),
  /** Chooses the `node` block. Default: the host's full name. Not with `remote`. */
  certname: z
    .string()
    .regex(/^[a-z0-9._-]+$/, 'expected a certificate name')
    .optional(),
  puppet: program,
  remote: remoteOptions.optional(),
});

const agent = z.strictObject({
  mode: z.literal('agent'),
  /** Default: the host's own settings. */
  server: z.string().min(1).optional(),
  server_port: z.int().min(1).max(65_535).optional(),
  environment: word.optional(),
  puppet: program,
  remote: remoteOptions.optional(),
});

const puppetdb = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  ca_file: z.string().min(1).optional(),
  cert_file: z.string().min(1).optional(),
  key_file: z.string().min(1).optional(),
  /** Sent as X-Authentication (Puppet Enterprise). */
  token_file: z.string().min(1).optional(),
  environment: word.optional(),
});

const reports = z.strictObject({
  mode: z.literal('reports'),
  /** Of `last_run_report.yaml` files, one a host, or as Puppet Server keeps them: `HOST/TIME.yaml`. */
  directory: z.string().min(1).optional(),
  puppetdb: puppetdb.optional(),
  /** An older report is a failure. */
  max_age: durationOption('2h'),
  /** Hosts that must have one. Others are read all the same. */
  hosts: z.array(z.string().min(1)).default([]),
});

export const options: z.ZodType<PuppetOptions> = z
  .discriminatedUnion('mode', [apply, agent, reports])
  .superRefine((given, refinement) => {
    for (const message of contradictions(given)) refinement.addIssue({ code: 'custom', message });
  });

function contradictions(given: PuppetOptions): string[] {
  if (given.mode === 'agent') return [];
  if (given.mode === 'reports') {
    const sources = [given.directory, given.puppetdb].filter((source) => source !== undefined).length;
    return sources === 1 ? [] : ['expected exactly one of directory and puppetdb'];
  }
  const found: string[] = [];
  if (given.manifest === undefined && given.environment_dir === undefined) {
    found.push('expected manifest, environment_dir or both');
  }
  if (given.certname !== undefined && given.remote !== undefined) found.push('certname cannot be combined with remote');
  return found;
}
