import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CheckContext } from '../../src/checker.ts';
import type { ApplyOptions, PuppetOptions } from './options.ts';
import { PLUGIN_FILE, PUPPET_PLUGIN } from './puppet-plugin.ts';

/** Directories of a run below its root. Puppet gets all of its own there: nothing of an earlier run, nothing of the host. */
export const KIT_DIRS = { conf: 'conf', vars: 'var', code: 'code', run: 'run', log: 'log', source: 'source' } as const;

/** Where environments lie below the root. */
export const ENVIRONMENTS = 'environments';

/** Lays out what a run needs, in a fresh directory below the run's own; returns it. The source is linked, not copied. */
export async function prepareKit(options: PuppetOptions, context: CheckContext): Promise<string> {
  const root = await mkdtemp(resolve(context.dirs.temporary, 'puppet-'));
  for (const dir of Object.values(KIT_DIRS)) if (dir !== 'source') await mkdir(join(root, dir));
  const plugin = join(root, KIT_DIRS.vars, 'lib', PLUGIN_FILE);
  await mkdir(dirname(plugin), { recursive: true });
  await writeFile(plugin, PUPPET_PLUGIN);
  if (options.mode === 'apply') await addSource(options, root, context);
  return root;
}

async function addSource(options: ApplyOptions, root: string, context: CheckContext): Promise<void> {
  const source = join(root, KIT_DIRS.source);
  if (options.archive === undefined) {
    await symlink(context.source.dir, source);
  } else {
    await mkdir(source);
    await context.run('tar', ['-xf', join(context.source.dir, options.archive), '-C', source]);
  }
  const environment = join(root, ENVIRONMENTS, options.environment);
  await mkdir(dirname(environment));
  if (options.environment_dir === undefined) await mkdir(environment);
  else await symlink(join('..', KIT_DIRS.source, options.environment_dir), environment);
  const facts = join(root, KIT_DIRS.vars, 'facts.d');
  await mkdir(facts);
  await writeFile(join(facts, 'drift_exporter.json'), JSON.stringify(options.facts));
}
