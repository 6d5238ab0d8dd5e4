import { basename } from 'node:path';
import type { TerraformOptions } from './options.ts';

export function isTerragrunt({ binary }: Pick<TerraformOptions, 'binary'>): boolean {
  return basename(binary).startsWith('terragrunt');
}
