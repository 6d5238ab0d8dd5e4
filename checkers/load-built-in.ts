import type { Checker } from '../src/checker.ts';

/** What is not here is loaded with all the others. */
const LOADERS: ReadonlyMap<string, () => Promise<Checker>> = new Map(
  Object.entries({
    ansible: async () => (await import('./ansible/index.ts')).ansible,
    'argo-cd': async () => (await import('./argo-cd/index.ts')).argoCd,
    chef: async () => (await import('./chef/index.ts')).chef,
    'cluster-api': async () => (await import('./cluster-api/index.ts')).clusterApi,
    command: async () => (await import('./command/index.ts')).command,
    compare: async () => (await import('./compare/index.ts')).compare,
    flux: async () => (await import('./flux/index.ts')).flux,
    helm: async () => (await import('./helm/index.ts')).helm,
    kubernetes: async () => (await import('./kubernetes/index.ts')).kubernetes,
    pulumi: async () => (await import('./pulumi/index.ts')).pulumi,
    puppet: async () => (await import('./puppet/index.ts')).puppet,
    report: async () => (await import('./report/index.ts')).report,
    salt: async () => (await import('./salt/index.ts')).salt,
    terraform: async () => (await import('./terraform/index.ts')).terraform,
  }),
);

/**
 * The built-in checkers that a configuration names: what it does not use takes neither time nor memory. All of them
 * without `named`, and when it names one that is not among these.
 */
export async function loadBuiltIn(named?: ReadonlySet<string>): Promise<readonly Checker[]> {
  const loaders = [...(named ?? [])].map((name) => LOADERS.get(name));
  if (named === undefined || loaders.includes(undefined)) return (await import('./index.ts')).builtIn;
  return Promise.all(loaders.flatMap((load) => load?.() ?? []));
}
