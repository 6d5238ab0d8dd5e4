import { delimiter, join } from 'node:path';
import type { CheckContext } from '../../src/checker.ts';
import { CALLBACK_NAME, pluginDir } from './plugin-dir.ts';
import type { AnsibleOptions } from './options.ts';
import type { Requirements } from './requirements.ts';
import type { WorkingTree } from './working-tree.ts';

type Environment = Record<string, string>;

/**
 * Settings that win over ansible.cfg: results go to us only, nothing is written beside the source, an inventory that
 * cannot be read is an error, nothing asks or decorates.
 */
export function ansibleEnvironment(
  options: AnsibleOptions,
  context: CheckContext,
  given: { readonly tree: WorkingTree; readonly requirements: Requirements; readonly controlDir: string },
): Environment {
  const { temporary, check } = context.dirs;
  return {
    ANSIBLE_CONFIG: given.tree.config,
    ANSIBLE_STDOUT_CALLBACK: CALLBACK_NAME,
    ANSIBLE_CALLBACK_PLUGINS: pluginDir(),
    ANSIBLE_CALLBACKS_ENABLED: '',
    ANSIBLE_LOG_PATH: '/dev/null',
    ANSIBLE_LOCAL_TEMP: join(temporary, 'ansible'),
    ANSIBLE_SSH_CONTROL_PATH_DIR: given.controlDir,
    ANSIBLE_PERSISTENT_CONTROL_PATH_DIR: given.controlDir,
    ANSIBLE_RETRY_FILES_ENABLED: 'False',
    ANSIBLE_INVENTORY_UNPARSED_FAILED: 'True',
    ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'True',
    ANSIBLE_CACHE_PLUGIN: options.fact_cache > 0 ? 'jsonfile' : 'memory',
    ANSIBLE_CACHE_PLUGIN_CONNECTION: join(check, 'facts'),
    ANSIBLE_CACHE_PLUGIN_TIMEOUT: String(Math.ceil(options.fact_cache / 1000)),
    ANSIBLE_INVENTORY_CACHE_CONNECTION: join(check, 'inventory'),
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_NOCOWS: '1',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
    ANSIBLE_LOCALHOST_WARNING: 'False',
    DRIFT_EXPORTER_SOURCE: context.source.dir,
    PYTHONDONTWRITEBYTECODE: '1',
    ...fromOptions(options, given.tree, given.requirements),
  };
}

function fromOptions(options: AnsibleOptions, tree: WorkingTree, requirements: Requirements): Environment {
  const roles = [...options.roles_path.map((path) => tree.at(path)), ...requirements.rolesPath];
  const collections = [...options.collections_path.map((path) => tree.at(path)), ...requirements.collectionsPath];
  return {
    ...(roles.length > 0 && { ANSIBLE_ROLES_PATH: [...roles, tree.at('roles')].join(delimiter) }),
    ...(collections.length > 0 && {
      ANSIBLE_COLLECTIONS_PATH: [...collections, tree.at('collections')].join(delimiter),
    }),
    ...(options.strategy !== undefined && { ANSIBLE_STRATEGY: options.strategy }),
    ...(options.python_interpreter !== undefined && { ANSIBLE_PYTHON_INTERPRETER: options.python_interpreter }),
    ...(options.pipelining !== undefined && { ANSIBLE_PIPELINING: options.pipelining ? 'True' : 'False' }),
    ...(options.fact_cache > 0 && { ANSIBLE_GATHERING: 'smart' }),
  };
}
