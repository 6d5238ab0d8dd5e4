import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import {
  defineDiscoverer,
  failureOf,
  type CheckContext,
  type Discovered,
  type DiscoveredItem,
  type Discoverer,
  type Failure,
} from '../../../src/checker.ts';
import { terraformEnvironment } from '../environment.ts';
import { initialise } from '../initialise.ts';
import { listWorkspaces } from '../list-workspaces.ts';
import { terraformOptions } from '../options.ts';
import { expandRoot, varFilesOf } from './expand-root.ts';
import { findRoots, type Root } from './find-roots.ts';
import { discoverRoots, type DiscoverRoots, type ListedWorkspaces } from './options.ts';
import { walkTree } from './walk-tree.ts';

/** Root modules and Terragrunt units of a source, each with its workspaces and var-files. */
export const terraformRoots: Discoverer<DiscoverRoots> = defineDiscoverer({
  name: 'terraform',
  options: discoverRoots,
  needsSource: true,
  example: {
    name: 'live-prod-network',
    dir: 'live/prod/network',
    path: ['live', 'prod', 'network'],
    binary: 'terraform',
    var_file: 'envs/prod.tfvars',
    var_files: ['envs/prod.tfvars'],
    variant: 'prod',
    workspace: 'default',
  },
  discover,
});

async function discover(options: DiscoverRoots, context: CheckContext): Promise<Discovered> {
  const tree = await walkTree(context.source.dir, context.signal);
  const { roots, failures } = findRoots(tree.directories, options);
  const items: DiscoveredItem[] = [];
  const unlisted: Failure[] = [];
  for (const root of roots) {
    const varFiles = varFilesOf(root.dir, tree.varFiles, options.var_files);
    try {
      items.push(...expandRoot(root, { varFiles, workspaces: await workspacesOf(root, options, context) }));
    } catch (error) {
      context.signal.throwIfAborted();
      const failure = failureOf(error);
      unlisted.push({ ...failure, message: `${root.dir}: ${failure.message}`, address: root.dir });
    }
  }
  return { items, failures: [...failures, ...unlisted] };
}

async function workspacesOf(
  root: Root,
  { workspaces = [] }: DiscoverRoots,
  context: CheckContext,
): Promise<readonly string[] | 'var_files'> {
  if (workspaces === 'var_files') return workspaces;
  return 'list' in workspaces ? listed(root, workspaces.list, context) : workspaces;
}

/** Each root has a data directory of its own, kept for the next time. */
async function listed(root: Root, given: ListedWorkspaces, context: CheckContext): Promise<readonly string[]> {
  const own = join(context.dirs.check, createHash('sha256').update(root.dir).digest('hex').slice(0, 16));
  await mkdir(own, { recursive: true, mode: 0o700 });
  const options = terraformOptions.parse({ ...given, dir: posix.normalize(root.dir), binary: root.binary });
  const within: CheckContext = { ...context, dirs: { ...context.dirs, check: own } };
  const session = { options, context: within, env: await terraformEnvironment(options, within) };
  const { cwd } = await initialise(session);
  return listWorkspaces(session, cwd);
}
