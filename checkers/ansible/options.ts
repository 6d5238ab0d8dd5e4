import { z } from 'zod';
import type { Json } from '../../src/drift.ts';
import { durationOption } from '../hosts/duration-option.ts';

const path = z
  .string()
  .min(1)
  .regex(/^[^-\n]/, "a path cannot begin with '-'");
const word = z
  .string()
  .min(1)
  .regex(/^[^-\n]/, "cannot begin with '-'");

/** Durations are milliseconds. See the schema for what each means. */
export interface AnsibleOptions {
  readonly playbooks: readonly string[];
  readonly dir: string;
  readonly inventory: readonly string[];
  readonly limit?: string | undefined;
  readonly tags: readonly string[];
  readonly skip_tags: readonly string[];
  readonly extra_vars: Readonly<Record<string, Json>>;
  readonly extra_vars_files: readonly string[];
  readonly vault_password_file?: string | undefined;
  readonly vault_ids: readonly string[];
  readonly private_key_file?: string | undefined;
  readonly user?: string | undefined;
  readonly connection?: string | undefined;
  readonly connection_password_file?: string | undefined;
  readonly become: boolean;
  readonly become_user?: string | undefined;
  readonly become_method?: string | undefined;
  readonly become_password_file?: string | undefined;
  readonly ssh_common_args?: string | undefined;
  readonly jump?: string | undefined;
  readonly forks: number;
  readonly strategy?: string | undefined;
  readonly roles_path: readonly string[];
  readonly collections_path: readonly string[];
  readonly python_interpreter?: string | undefined;
  readonly connect_timeout: number;
  readonly pipelining?: boolean | undefined;
  readonly config?: string | undefined;
  readonly fact_cache: number;
  readonly requirements?: string | undefined;
  readonly ansible_playbook: string;
}

/** What `options:` of an ansible check accepts. Relative paths are below `dir`, and that below the source. */
export const ansibleOptions: z.ZodType<AnsibleOptions> = z.strictObject({
  /** Each is run by itself: one that fails hides nothing of the others. */
  playbooks: z.array(path).min(1),
  /** Where ansible-playbook is started, where its ansible.cfg is looked for. */
  dir: path.default('.'),
  /** Files, directories, scripts, configurations of dynamic plugins, or host lists with a comma. Default: ansible.cfg's. */
  inventory: z.array(path).default([]),
  limit: word.optional(),
  tags: z.array(word).default([]),
  skip_tags: z.array(word).default([]),
  /** Handed over in a private file, never as an argument. */
  extra_vars: z.record(z.string(), z.json()).default({}),
  extra_vars_files: z.array(path).default([]),
  vault_password_file: path.optional(),
  /** `label@file` as Ansible takes it; `prompt` is not possible. */
  vault_ids: z.array(z.string().regex(/^[\w.-]+@(?!prompt$).+$/, 'expected label@file')).default([]),
  private_key_file: path.optional(),
  user: word.optional(),
  connection: word.optional(),
  connection_password_file: path.optional(),
  become: z.boolean().default(false),
  become_user: word.optional(),
  become_method: word.optional(),
  become_password_file: path.optional(),
  /** Added to every ssh, sftp and scp command line, such as `-F ssh_config`. */
  ssh_common_args: z.string().min(1).optional(),
  /** `[user@]host[:port]`, several with commas; each is a hop. */
  jump: z
    .string()
    .regex(/^[A-Za-z0-9_.[][A-Za-z0-9_.:%@,[\]-]*$/, 'expected [user@]host[:port], several with commas')
    .optional(),
  forks: z.int().min(1).max(500).default(10),
  strategy: word.optional(),
  roles_path: z.array(path).default([]),
  collections_path: z.array(path).default([]),
  python_interpreter: path.optional(),
  /** Seconds until a connection attempt is given up. */
  connect_timeout: durationOption('10s'),
  /** Modules over one ssh session, without files on the host. Needs sudo without requiretty. */
  pipelining: z.boolean().optional(),
  /** An ansible.cfg to trust wherever it lies. Default: the one in `dir`, if nobody else can write there. */
  config: path.optional(),
  /** Keeps gathered facts this long between runs, outside the source. Default: gathered in each run. */
  fact_cache: durationOption('0s'),
  /** A requirements.yml, installed into the check's own cache. Without it nothing is ever installed. */
  requirements: path.optional(),
  /** The program. Default: the one on PATH. */
  ansible_playbook: path.default('ansible-playbook'),
});
