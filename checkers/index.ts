import type { Checker } from '../src/checker.ts';
import { ansible } from './ansible/index.ts';
import { argoCd } from './argo-cd/index.ts';
import { chef } from './chef/index.ts';
import { clusterApi } from './cluster-api/index.ts';
import { command } from './command/index.ts';
import { compare } from './compare/index.ts';
import { flux } from './flux/index.ts';
import { helm } from './helm/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { pulumi } from './pulumi/index.ts';
import { puppet } from './puppet/index.ts';
import { report } from './report/index.ts';
import { salt } from './salt/index.ts';
import { terraform } from './terraform/index.ts';

/** The built-in checkers. */
export const builtIn: readonly Checker[] = [
  ansible,
  argoCd,
  chef,
  clusterApi,
  command,
  compare,
  flux,
  helm,
  kubernetes,
  pulumi,
  puppet,
  report,
  salt,
  terraform,
];
