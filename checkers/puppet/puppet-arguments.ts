import { ENVIRONMENTS, KIT_DIRS } from './kit.ts';
import type { AgentOptions, ApplyOptions } from './options.ts';
import { PLUGIN_NAME } from './puppet-plugin.ts';

/** Arguments of a noop run whose kit lies at `root`. */
export function puppetArguments(options: ApplyOptions | AgentOptions, root: string): string[] {
  return options.mode === 'apply'
    ? ['apply', ...common(root), ...applyArguments(options, root)]
    : ['agent', ...common(root), ...agentArguments(options)];
}

function common(root: string): string[] {
  return [
    '--noop',
    '--detailed-exitcodes',
    '--show_diff',
    '--color=false',
    ...settings({
      catalog_cache_terminus: PLUGIN_NAME,
      confdir: `${root}/${KIT_DIRS.conf}`,
      vardir: `${root}/${KIT_DIRS.vars}`,
      codedir: `${root}/${KIT_DIRS.code}`,
      rundir: `${root}/${KIT_DIRS.run}`,
      logdir: `${root}/${KIT_DIRS.log}`,
    }),
  ];
}

function applyArguments(options: ApplyOptions, root: string): string[] {
  const inside = (path: string): string => `${root}/${KIT_DIRS.source}/${path}`;
  const { modulepath, hiera_config: hiera, certname, environment_dir: environmentDir = '.' } = options;
  return [
    ...settings({
      reports: 'none',
      environmentpath: `${root}/${ENVIRONMENTS}`,
      environment: options.environment,
      modulepath: modulepath?.map(inside).join(':'),
      hiera_config: hiera === undefined ? undefined : inside(hiera),
      certname,
    }),
    inside(options.manifest ?? `${environmentDir}/manifests`),
  ];
}

/** The report goes to a port where nobody listens, so that it is written here and nowhere else. */
function agentArguments({ server, server_port: port, environment }: AgentOptions): string[] {
  return [
    '--onetime',
    '--no-daemonize',
    '--no-splay',
    '--verbose',
    '--no-usecacheonfailure',
    '--no-use_cached_catalog',
    '--report',
    ...settings({
      waitforcert: '0',
      report_server: '127.0.0.1',
      report_port: '1',
      server,
      serverport: port === undefined ? undefined : String(port),
      environment,
    }),
  ];
}

/** `--name value` for each that is given. */
function settings(given: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
}
