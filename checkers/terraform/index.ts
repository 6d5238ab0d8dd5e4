import { defineChecker, type Checker } from '../../src/checker.ts';
import { compareTerraform } from './compare.ts';
import { terraformRoots } from './discover/index.ts';
import { observeTerraform, type TerraformObservation } from './observe.ts';
import { terraformOptions, type TerraformOptions } from './options.ts';

/** Compares a Terraform, OpenTofu or Terragrunt root with what is live, by a plan that locks and writes nothing. */
export const terraform: Checker<TerraformOptions, TerraformObservation> = defineChecker({
  apiVersion: 1,
  name: 'terraform',
  options: terraformOptions,
  observe: observeTerraform,
  compare: compareTerraform,
  discoverers: [terraformRoots],
});
