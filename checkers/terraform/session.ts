import type { CheckContext } from '../../src/checker.ts';
import type { Environment } from './environment.ts';
import type { TerraformOptions } from './options.ts';

/** What every command of one run shares. */
export interface Session {
  readonly options: TerraformOptions;
  readonly context: CheckContext;
  readonly env: Environment;
}
