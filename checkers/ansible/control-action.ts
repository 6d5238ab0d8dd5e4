/** Actions of Ansible's own that look at or steer the run and compare nothing on a host. */
const CONTROL = new Set(
  [
    'add_host assert async_status debug fail gather_facts group_by import_playbook import_role import_tasks',
    'include_role include_tasks include_vars include meta pause set_fact set_stats setup validate_argument_spec',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `ansible.builtin.${name}`),
);

export function isControl(action: string): boolean {
  return CONTROL.has(action);
}

const RUNS_ANYTHING = new Set(['command', 'shell', 'raw', 'script', 'expect'].map((name) => `ansible.builtin.${name}`));

/** Says "changed" whenever it ran, unless the playbook's author says better with changed_when. */
export function runsAnything(action: string): boolean {
  return RUNS_ANYTHING.has(action);
}
