"""Writes what ansible-playbook finds as JSON lines, one event a line, to the file named by DRIFT_EXPORTER_EVENTS.

Works on ansible-core 2.14 and newer: only the callback methods, and attributes that all these versions have. Every
method catches what it raises, because Ansible would only warn of it and go on: an `error` event is written instead.
"""

from __future__ import annotations

import base64
import json
import os
import re

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: drift_exporter
    type: stdout
    short_description: JSON lines for drift-exporter
    description: Writes every task result as one JSON line to the file named by DRIFT_EXPORTER_EVENTS.
"""

FORMAT = 1
MASK = '(sensitive)'
LONGEST_DIFF = 1024 * 1024
LONGEST_MESSAGE = 2000
LONGEST_LABEL = 120
LABEL_KEYS = ('name', 'key', 'path', 'dest', 'id', 'user', 'title', 'src')
DIFF_FLAGS = ('dst_binary', 'src_binary', 'dst_larger', 'src_larger')
REFERENCING = ('args', 'when', 'loop', 'until', 'changed_when', 'failed_when', 'environment', 'vars', 'delegate_to')
MADE_KEYS = ('path', 'dest', 'name', 'pkg', 'package', 'user', 'group')
IDENTIFIER = re.compile(r'[A-Za-z_]\w*')
HOST_SPECIFIC = re.compile(r'{{.*(inventory_hostname|ansible_|hostvars|group_names|play_hosts)')
VAULT_BLOCK = re.compile(rb'\$ANSIBLE_VAULT;[^\r\n]+(?:\r?\n[ \t]*[0-9a-fA-F]+[ \t]*(?=\r?\n|$))+')


def guarded(method):
    """Turns what a method raises into an `error` event."""

    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as error:  # pylint: disable=broad-except
            self.emit({'event': 'error', 'message': '%s: %s: %s' % (method.__name__, type(error).__name__, error)})

    return call


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'stdout'
    CALLBACK_NAME = 'drift_exporter'

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.file = os.open(os.environ['DRIFT_EXPORTER_EVENTS'], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.first_play = int(os.environ.get('DRIFT_EXPORTER_FIRST_PLAY', '0'))
        self.secrets = None
        self.count = 0
        self.plays = []
        self.play = None
        self.play_index = 0
        self.batch = set()
        self.batches = {}
        self.fatal = None
        self.went_on = set()
        self.listed = None
        self.ended = set()
        self.items = {}
        self.references = {}
        self.not_run = {}
        self.made = {}

    def emit(self, event):
        event = masked(event, self.secrets)
        line = json.dumps(event, default=str, ensure_ascii=True, separators=(',', ':')) + '\n'
        data = line.encode('ascii')
        while data:
            data = data[os.write(self.file, data):]
        self.count += 1

    # -- the run

    @guarded
    def v2_playbook_on_start(self, playbook):
        self.plays = list(playbook.get_plays())
        self.emit({'event': 'start', 'format': FORMAT, 'ansible': ansible_version(), 'plays': len(self.plays)})
        values = vaulted_values(getattr(playbook, '_loader', None), getattr(playbook, '_basedir', None))
        self.secrets = pattern_of(values)

    @guarded
    def v2_playbook_on_play_start(self, play):
        self.end_play()
        self.play = play
        self.play_index = self.index_of(play)
        if self.listed is None:
            self.listed = set(getattr(inventory_of(play), 'hosts', ()))
        self.batch = self.hosts_of(play)
        self.batches.setdefault(self.play_index, set()).update(self.batch)

    @guarded
    def v2_playbook_on_task_start(self, task, is_conditional):
        self.begin(task)

    @guarded
    def v2_playbook_on_handler_task_start(self, task):
        self.begin(task)

    def begin(self, task):
        """Keeps the names that a task uses: with its first result, Ansible puts values in their place."""
        if task._uuid not in self.references:
            text = ' '.join(str(getattr(task, name, '') or '') for name in REFERENCING)
            self.references[task._uuid] = frozenset(IDENTIFIER.findall(text))

    @guarded
    def v2_playbook_on_no_hosts_matched(self):
        if self.play_index >= self.first_play:
            hosts = pattern_text(self.play.hosts)
            self.emit({
                'event': 'no_hosts', 'play': self.play.get_name(), 'pattern': hosts,
                'unknown': unknown_names(inventory_of(self.play), hosts),
            })

    @guarded
    def v2_playbook_on_no_hosts_remaining(self):
        self.abort(self.batch - self.ended)

    def end_play(self):
        """Where a failure is fatal for all hosts, versions after 2.14 end the others without a word."""
        if self.fatal is not None:
            self.abort(self.batch - self.ended - self.went_on)
        self.fatal = None
        self.went_on = set()

    def abort(self, hosts):
        if hosts and self.play_index >= self.first_play:
            self.emit({'event': 'play_aborted', 'play': self.play.get_name(), 'hosts': sorted(hosts)})
            self.ended |= hosts

    @guarded
    def v2_playbook_on_stats(self, stats):
        self.end_play()
        gone = set(stats.failures) | set(stats.dark)
        for index, play in enumerate(self.plays):
            started = self.batches.get(index)
            if index < self.first_play or (started is not None and not started & gone):
                continue
            # Hosts that the run itself added cannot be asked for again.
            left = (self.hosts_of(play, whole=True) & (self.listed or set())) - (started or set()) - gone
            if started is None or left:
                self.emit({'event': 'not_reached', 'index': index, 'play': play.get_name(), 'hosts': sorted(left)})
        self.emit({'event': 'end', 'events': self.count})

    # -- results

    @guarded
    def v2_runner_on_ok(self, result):
        self.finished(result, 'changed' if returned(result).get('changed') else 'ok')

    @guarded
    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.finished(result, 'failed', ignored=bool(ignore_errors))

    @guarded
    def v2_runner_on_skipped(self, result):
        self.finished(result, 'skipped')

    @guarded
    def v2_runner_on_unreachable(self, result):
        self.finished(result, 'unreachable', ignored=bool(fields(result).get('ignore_unreachable')))

    @guarded
    def v2_runner_item_on_ok(self, result):
        self.item(result, 'changed' if returned(result).get('changed') else 'ok')

    @guarded
    def v2_runner_item_on_failed(self, result):
        self.item(result, 'failed', ignored=bool(fields(result).get('ignore_errors')))

    @guarded
    def v2_runner_item_on_skipped(self, result):
        self.item(result, 'skipped')

    def item(self, result, outcome, ignored=False):
        key = (host_of(result).get_name(), task_of(result)._uuid)
        self.items[key] = self.items.get(key, 0) + 1
        self.result(result, outcome, ignored, item_label(returned(result), self.items[key]))

    def finished(self, result, outcome, ignored=False):
        """The end of a task on a host; one with a loop has been told item by item."""
        host = host_of(result).get_name()
        task = task_of(result)
        told = self.items.pop((host, task._uuid), 0)
        if outcome == 'unreachable' or (outcome == 'failed' and not ignored and not is_rescued(task)):
            self.ended.add(host)
            if getattr(task, 'any_errors_fatal', False) or getattr(task, 'run_once', False):
                self.fatal = task._uuid
        elif self.fatal not in (None, task._uuid):
            self.went_on.add(host)
        if told == 0 or outcome == 'unreachable':
            self.result(result, outcome, ignored, None)

    def result(self, result, outcome, ignored, label):
        if self.play_index < self.first_play:
            return
        host, task, answer = host_of(result).get_name(), task_of(result), returned(result)
        depends = self.dependency(host, task)
        event = {
            'event': 'task', 'outcome': outcome, 'host': host, 'name': name_of(result), 'action': action_of(task),
            'play': self.play.get_name() if self.play else '',
        }
        event.update(origin_of(task))
        event.update(present({
            'item': label,
            'delegated': delegated_to(result, host),
            'role': role_of(task),
            'handler': type(task).__name__ == 'Handler',
            'no_log': 'censored' in answer,
            'ran': fields(result).get('check_mode', True) is False,
            'changed_when': bool(getattr(task, 'changed_when', None)),
            'depends': depends,
        }))
        getattr(self, 'add_' + outcome, lambda *_: None)(event, result, ignored)
        self.emit(event)

    def add_changed(self, event, result, _ignored):
        if not event.get('no_log'):
            event['diff'] = diffs_of(returned(result))
        for value in made_by(returned(result), task_of(result).args):
            self.made.setdefault(event['host'], {})[value] = event['name']
        self.carry(event, result)

    def add_ok(self, event, result, _ignored):
        self.carry(event, result)

    def add_skipped(self, event, result, _ignored):
        answer = returned(result)
        event['skip'] = skip_of(answer)
        if event['skip'] == 'check_mode':
            event['message'] = message_of(answer)
            self.mark(event, result, event['name'])

    def add_failed(self, event, result, ignored):
        event['message'] = message_of(returned(result))
        event.update(present({'ignored': ignored, 'rescued': is_rescued(task_of(result))}))
        if 'depends' not in event:
            event.update(present({'missing': self.missing(event)}))
        if 'depends' in event or 'missing' in event:
            self.mark(event, result, event['name'])

    def add_unreachable(self, event, result, ignored):
        event['message'] = message_of(returned(result))
        event.update(present({'ignored': ignored}))

    # -- what depends on a task that was not run

    def mark(self, event, result, cause):
        task = task_of(result)
        hosts = ('*',) if getattr(task, 'run_once', False) else (event['host'],)
        names = [task.register] if isinstance(task.register, str) else list(task.register or ())
        for host in hosts:
            for name in names:
                self.not_run.setdefault(host, {})[name] = cause

    def carry(self, event, result):
        """A fact made of a result that is not there is none either."""
        task = task_of(result)
        if 'depends' in event and event['action'].endswith('.set_fact'):
            for name in task.args:
                self.not_run.setdefault(event['host'], {})[name] = event['depends']['task']
        elif task.register and isinstance(task.register, str):
            self.not_run.get(event['host'], {}).pop(task.register, None)

    def dependency(self, host, task):
        known = dict(self.not_run.get('*', {}), **self.not_run.get(host, {}))
        if not known:
            return None
        references = self.references.get(task._uuid, ())
        found = sorted(name for name in known if name in references)
        return {'register': found[0], 'task': known[found[0]]} if found else None

    def missing(self, event):
        made = self.made.get(event['host'], {})
        for value, task in sorted(made.items(), key=lambda entry: -len(entry[0])):
            if re.search(r'(?<![\w-])' + re.escape(value) + r'(?![\w-])', event['message']):
                return {'value': value, 'task': task}
        return None

    # -- plays

    def index_of(self, play):
        for index, candidate in enumerate(self.plays):
            if candidate._uuid == play._uuid:
                return index
        return self.play_index

    def hosts_of(self, play, whole=False):
        inventory = inventory_of(self.play or play)
        if inventory is None:
            return set()
        return {host.get_name() for host in inventory.get_hosts(play.hosts, ignore_restrictions=whole)}


# ansible-core 2.19 gave results public names for what older versions keep under a leading underscore.


def host_of(result):
    return getattr(result, 'host', None) or result._host


def task_of(result):
    return getattr(result, 'task', None) or result._task


def returned(result):
    answer = result.result if hasattr(result, 'result') else result._result
    return answer if isinstance(answer, dict) else {}


def fields(result):
    return (result.task_fields if hasattr(result, 'task_fields') else result._task_fields) or {}


def ansible_version():
    from ansible.release import __version__

    return __version__


def inventory_of(play):
    return getattr(play.get_variable_manager(), '_inventory', None)


def pattern_text(hosts):
    return ','.join(str(host) for host in hosts) if isinstance(hosts, (list, tuple)) else str(hosts)


def unknown_names(inventory, pattern):
    """Plain names in a host pattern that are neither a group nor a host."""
    names = [name.lstrip('!&') for name in re.split(r'[,:]', pattern)]
    plain = [name.strip() for name in names if name.strip() and not re.search(r'[*?\[~]', name)]
    if inventory is None:
        return plain
    return [name for name in plain if name not in inventory.groups and inventory.get_host(name) is None]


def name_of(result):
    """As Ansible shows it: templated, after the role's name. Newer versions template it for the first host only."""
    task = task_of(result)
    templated = fields(result).get('name')
    if not templated or not getattr(task, 'name', None):
        return short(task.get_name(), 250)
    source = getattr(task, '_ds', None)
    written = str(source.get('name') or '') if isinstance(source, dict) else ''
    text = written if HOST_SPECIFIC.search(written) else str(templated)
    role = role_of(task)
    return short(text if not role or text.startswith(role + ' : ') else '%s : %s' % (role, text), 250)


def role_of(task):
    role = getattr(task, '_role', None)
    return role.get_name() if role else None


def action_of(task):
    action = str(getattr(task, 'resolved_action', None) or task.action)
    if '.' not in action:
        return 'ansible.builtin.' + action
    return re.sub(r'^ansible\.legacy\.', 'ansible.builtin.', action)


def origin_of(task):
    match = re.match(r'^(.*):(\d+)$', str(task.get_path() or ''))
    return {'file': match.group(1), 'line': int(match.group(2))} if match else {}


def delegated_to(result, host):
    target = fields(result).get('delegate_to') or getattr(task_of(result), 'delegate_to', None)
    text = str(target) if target else ''
    return text if text and '{{' not in text and text != host else None


def item_label(answer, index):
    """Never a whole structure: it may hold a password that no loop_control.label hides."""
    label = answer.get('_ansible_item_label', answer.get('item'))
    if isinstance(label, dict):
        label = next((label[key] for key in LABEL_KEYS if isinstance(label.get(key), (str, int))), None)
    if label is None or isinstance(label, (dict, list, tuple)):
        return '#%d' % index
    return short(str(label), LONGEST_LABEL)


def skip_of(answer):
    if 'skip_reason' in answer or answer.get('false_condition') is not None:
        return 'condition'
    if 'skipped_reason' in answer:
        return 'empty'
    return 'no_log' if 'censored' in answer else 'check_mode'


def message_of(answer):
    if 'censored' in answer:
        return 'hidden by no_log'
    parts = [str(answer.get('msg') or answer.get('reason') or '')]
    for key in ('module_stderr', 'stderr', 'module_stdout'):
        text = str(answer.get(key) or '').strip()
        if text and text not in parts[0]:
            parts.append(text[-600:])
            break
    text = '\n'.join(part for part in parts if part)
    # What follows quotes the playbook and gives advice; the place is told in fields of its own.
    return short(text.split('\n\nThe error appears to ')[0].strip() or 'no message', LONGEST_MESSAGE)


def is_rescued(task):
    """Whether the task stands in the body of a block that has a rescue."""
    child, parent = task, getattr(task, '_parent', None)
    while parent is not None:
        if getattr(parent, 'rescue', None):
            if any(getattr(entry, '_uuid', None) == child._uuid for entry in parent.block):
                return True
        child, parent = parent, getattr(parent, '_parent', None)
    return False


def diffs_of(answer):
    diffs = answer.get('diff') or []
    kept = [kept_diff(diff, answer) for diff in (diffs if isinstance(diffs, list) else [diffs]) if isinstance(diff, dict)]
    return [diff for diff in kept if diff]


def kept_diff(diff, answer):
    kept = {key: diff[key] for key in DIFF_FLAGS + ('before', 'after', 'prepared') if key in diff}
    size = sum(len(str(value)) for value in kept.values())
    if size > LONGEST_DIFF:
        kept = {'omitted': size}
    if kept:
        kept.update(present({'file': file_of(diff, answer)}))
    return kept


def file_of(diff, answer):
    header = str(diff.get('before_header') or answer.get('dest') or answer.get('path') or '')
    return re.sub(r' \((content|file attributes)\)$', '', header)


def made_by(answer, given):
    """Names and paths that are not there yet because the task was only checked."""
    sources = [source for source in (answer, given) if isinstance(source, dict)]
    values = [source.get(key) for source in sources for key in MADE_KEYS]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return {str(item) for item in flat if isinstance(item, str) and len(item) > 2}


def present(values):
    return {key: value for key, value in values.items() if value not in (None, False, '')}


def short(text, length):
    return text if len(text) <= length else text[: length - 1] + '\u2026'


# -- values of vaults, masked before anything is written


def masked(value, pattern):
    if pattern is None:
        return value
    if isinstance(value, str):
        return pattern.sub(MASK, value)
    if isinstance(value, dict):
        hidden = {str(key): masked(item, pattern) for key, item in value.items()}
        if hidden.get('before') == hidden.get('after') and value.get('before') != value.get('after'):
            return {'secret': True}
        return hidden
    if isinstance(value, (list, tuple)):
        return [masked(item, pattern) for item in value]
    return value


def pattern_of(values):
    parts = set()
    for value in values:
        parts.update(part for part in [value] + value.splitlines() if len(part.strip()) >= 4)
    parts = {part.strip() for part in parts if not re.match(r'^(true|false|null|none|---)$', part.strip(), re.I)}
    forms = {form for part in parts for form in forms_of(part)}
    return re.compile('|'.join(re.escape(form) for form in sorted(forms, key=len, reverse=True))) if forms else None


def forms_of(part):
    """As it is, and inside the base64 of a longer text, where it begins at one of three bits."""
    data = part.encode('utf-8')
    forms = [part, base64.b64encode(data).decode('ascii')]
    for before in range(3):
        shifted = bytes(before) + data
        inside = base64.b64encode(shifted)[before and before + 1 : len(shifted) // 3 * 4].decode('ascii')
        if len(inside) >= 8:
            forms.append(inside)
    return forms


def vaulted_values(loader, basedir):
    vault = getattr(loader, '_vault', None)
    if not getattr(vault, 'secrets', None):
        return []
    values = []
    for path in vault_candidates(basedir):
        try:
            with open(path, 'rb') as file:
                content = file.read(LONGEST_DIFF)
        except OSError:
            continue
        for block in VAULT_BLOCK.findall(content):
            text = re.sub(rb'\n[ \t]+', b'\n', block)
            values.extend(decrypted(vault, text, whole=content.startswith(b'$ANSIBLE_VAULT')))
    return values


def decrypted(vault, block, whole):
    try:
        text = vault.decrypt(block).decode('utf-8', 'replace')
    except Exception:  # pylint: disable=broad-except
        return []  # of another vault id: Ansible itself says so where the value is needed
    return leaves_of(text) if whole else [text]


def leaves_of(text):
    import yaml

    try:
        found, todo = [], [yaml.safe_load(text)]
    except yaml.YAMLError:
        return [text]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo.extend(value.values())
        elif isinstance(value, (list, tuple)):
            todo.extend(value)
        elif value is not None:
            found.append(str(value))
    return found


def vault_candidates(basedir):
    from ansible import context

    given = [str(source) for source in context.CLIARGS.get('inventory') or () if ',' not in str(source)]
    extra = [str(value)[1:] for value in context.CLIARGS.get('extra_vars') or () if str(value).startswith('@')]
    roots = [os.environ.get('DRIFT_EXPORTER_SOURCE'), basedir]
    roots += [path if os.path.isdir(path) else os.path.dirname(os.path.abspath(path)) for path in given]
    seen = set()
    for path in extra:
        yield path
    for root in {os.path.realpath(root) for root in roots if root}:
        for folder, names, files in os.walk(root):
            names[:] = [name for name in names if name not in ('.git', 'node_modules')]
            for name in files:
                path = os.path.join(folder, name)
                if path not in seen:
                    seen.add(path)
                    yield path
