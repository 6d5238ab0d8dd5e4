import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { CheckError, type CheckContext } from '../../src/checker.ts';
import { fatalError } from './fatal-error.ts';
import type { AnsibleOptions } from './options.ts';
import type { WorkingTree } from './working-tree.ts';

export interface Requirements {
  readonly rolesPath: readonly string[];
  readonly collectionsPath: readonly string[];
}

/** Installs the requirements file into the check's cache, once for each content of it. Nothing, unless asked for. */
export async function installRequirements(
  options: AnsibleOptions,
  context: CheckContext,
  tree: WorkingTree,
): Promise<Requirements> {
  if (options.requirements === undefined) return { rolesPath: [], collectionsPath: [] };
  const file = tree.at(options.requirements);
  const content = await readFile(file, 'utf8');
  const kinds = requirementKinds(content, options.requirements);
  const home = join(context.dirs.check, 'requirements');
  const name = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const target = join(home, name);
  await mkdir(home, { recursive: true });
  const installed = await readdir(home);
  if (!installed.includes(name)) {
    const unfinished = `${target}.new`;
    await rm(unfinished, { recursive: true, force: true });
    for (const kind of kinds) await install({ kind, file, target: unfinished, context, tree });
    await rename(unfinished, target);
  }
  for (const other of installed) if (other !== name) await rm(join(home, other), { recursive: true, force: true });
  return { rolesPath: [join(target, 'roles')], collectionsPath: [join(target, 'collections')] };
}

type Kind = 'role' | 'collection';

function requirementKinds(content: string, name: string): Kind[] {
  let parsed: unknown;
  try {
    parsed = load(content);
  } catch (error) {
    throw new CheckError('invalid', `requirements: ${name}: ${(error as Error).message.split('\n')[0]}`, {
      cause: error,
    });
  }
  if (Array.isArray(parsed)) return ['role'];
  const keys = typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : [];
  const kinds = (['role', 'collection'] as const).filter((kind) => keys.includes(`${kind}s`));
  if (kinds.length === 0) {
    throw new CheckError(
      'invalid',
      `requirements: ${name}: expected a list of roles, or the keys roles and collections`,
    );
  }
  return kinds;
}

async function install(job: {
  readonly kind: Kind;
  readonly file: string;
  readonly target: string;
  readonly context: CheckContext;
  readonly tree: WorkingTree;
}): Promise<void> {
  const { kind, file, target, context, tree } = job;
  const path = join(target, `${kind}s`);
  await mkdir(path, { recursive: true });
  const option = kind === 'role' ? ['--role-file', file, '--roles-path', path] : ['-r', file, '-p', path];
  const { exitCode, stderr } = await context.run('ansible-galaxy', [kind, 'install', ...option], {
    cwd: tree.dir,
    exitCodes: 'any',
    env: {
      ANSIBLE_CONFIG: tree.config,
      ANSIBLE_LOCAL_TEMP: join(context.dirs.temporary, 'ansible'),
      ANSIBLE_GALAXY_CACHE_DIR: join(context.dirs.check, 'galaxy'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  if (exitCode !== 0) {
    throw fatalError({ what: `ansible-galaxy ${kind} install`, exitCode, stderr, sourceDir: context.source.dir });
  }
}
