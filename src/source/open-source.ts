import type { SourceConfig } from '../config/config.ts';
import { createDirectorySource } from './directory-source.ts';
import { GitSource } from './git-source.ts';
import type { SourceDeps } from './source-deps.ts';
import type { Source } from './source.ts';

/** Never throws: what is wrong with a source is said by `acquire` and `status`. */
export function openSource(config: SourceConfig, deps: SourceDeps): Source {
  return config.kind === 'directory' ? createDirectorySource(config) : new GitSource(config, deps);
}
