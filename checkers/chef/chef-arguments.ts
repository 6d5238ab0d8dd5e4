import { join } from 'node:path';
import type { LocalOptions, ServerOptions } from './options.ts';

/** Arguments of a why-run whose client.rb is the reporter. */
export function chefArguments(options: LocalOptions | ServerOptions, clientRb: string, sourceDir: string): string[] {
  const { run_list: runList } = options;
  return [
    '--why-run',
    '--once',
    '--no-fork',
    '--no-color',
    ...settings({ config: clientRb, log_level: 'fatal', format: 'min' }),
    ...(options.mode === 'local' ? localArguments(options, sourceDir) : []),
    ...(runList.length === 0 ? [] : ['--override-runlist', runList.join(',')]),
  ];
}

function localArguments(options: LocalOptions, sourceDir: string): string[] {
  const { json_attributes: attributes, node_name: name, environment } = options;
  return [
    '--local-mode',
    ...settings({
      'json-attributes': attributes === undefined ? undefined : join(sourceDir, attributes),
      'node-name': name,
      environment,
    }),
  ];
}

function settings(given: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
}
