/** Names the environment variables that the reporter reads. */
export const REPORTER_ENV = {
  /** File that the events are written to. */
  events: 'DRIFT_EXPORTER_EVENTS',
  /** The client.rb of the host, or of the source; empty for none. */
  config: 'DRIFT_EXPORTER_CLIENT_RB',
  /** The chef-repo of local mode, absolute; empty for none. chef-client has no argument for it. */
  repo: 'DRIFT_EXPORTER_CHEF_REPO',
  /** Directory for Chef's caches, locks and backups. */
  root: 'DRIFT_EXPORTER_ROOT',
} as const;

/**
 * A client.rb for Chef Infra 15 and newer. It reads the host's own first and writes what a run finds as JSON lines: in
 * why-run mode Chef switches its data collector and resource reporter off, and only events are left.
 */
export const CHEF_REPORTER: string = String.raw`# A client.rb by drift-exporter: chef-client --why-run -c THIS_FILE
require 'fileutils'
require 'json'
require 'chef/event_dispatch/base'

class DriftExporterReporter < Chef::EventDispatch::Base
  def initialize(path)
    @events = File.open(path, 'w', 0o600)
    @events.sync = true
    @open = []
    @named = false
    @phase = 'start'
  end

  def node_load_completed(node, _run_list, _config)
    name(node.name)
  end

  def cookbook_compilation_start(_run_context)
    @phase = 'compile'
  end

  def converge_start(run_context)
    @phase = 'converge'
    name(run_context.node.name)
  end

  # Who notified is known of an immediate notification only.
  def resource_action_start(_resource, action, type = nil, notifier = nil)
    @open.push('result' => action.to_s, 'applied' => [], 'assumed' => [])
    here['notified_by'] = notifier.nil? ? "a #{type} notification" : notifier.to_s unless type.nil?
  end

  def resource_current_state_loaded(_resource, _action, current)
    here['before'] = state(current)
  end

  # The lines of a file's diff follow what is done to it; the resource has the diff as well.
  def resource_update_applied(_resource, _action, update)
    lines = Array(update).flatten.compact.map(&:to_s)
    here['applied'].concat(lines.take_while { |line| !line.start_with?('--- ') })
  end

  def whyrun_assumption(_action, _resource, message)
    here['assumed'] << message.to_s
  end

  def resource_skipped(_resource, _action, conditional)
    here.update('status' => 'skipped', 'conditional' => conditional.to_text)
  end

  def resource_bypassed(_resource, _action, _provider)
    here['status'] = 'bypassed'
  end

  def resource_up_to_date(_resource, _action)
    here['status'] ||= 'up-to-date'
  end

  def resource_updated(_resource, _action)
    here['status'] ||= 'updated'
  end

  def resource_failed(_resource, _action, exception)
    here.update('status' => 'failed', 'error_message' => told(exception))
  end

  # A resource inside a custom resource is told with the outer one.
  def resource_completed(resource)
    record = @open.pop
    return if record.nil?
    if @open.empty?
      write(describe(resource).merge(record))
    else
      here['applied'].concat(record['applied'].map { |line| "#{resource}: #{line}" })
    end
  end

  def run_completed(_node, _status = nil)
    write('event' => 'end', 'status' => 'success')
  end

  def run_failed(exception, _status = nil)
    name(Chef::Config[:node_name] || 'this host')
    error = { 'class' => exception.class.name, 'message' => told(exception), 'phase' => @phase }
    write('event' => 'end', 'status' => 'failure', 'error' => error)
  end

  private

  def name(node)
    return if @named
    @named = true
    write('event' => 'node', 'version' => 1, 'node' => node.to_s, 'time' => Time.now.utc.strftime('%FT%TZ'))
  end

  def here
    @open.last || {}.merge('applied' => [], 'assumed' => [])
  end

  def describe(resource)
    hidden = resource.respond_to?(:sensitive) && resource.sensitive
    {
      'event' => 'resource',
      'type' => resource.resource_name.to_s,
      'name' => resource.name.to_s,
      'after' => state(resource),
      'delta' => !hidden && resource.respond_to?(:diff) ? resource.diff.to_s : '',
      'sensitive' => hidden ? true : false,
      'ignore_failure' => resource.ignore_failure ? true : false,
      'guarded' => guarded?(resource),
      'defined_at' => without_cache(resource.source_line.to_s),
    }
  end

  def guarded?(resource)
    creates = resource.respond_to?(:creates) && resource.creates
    !(resource.only_if.empty? && resource.not_if.empty?) || !creates.nil? && creates != false
  end

  def state(resource)
    resource ? resource.state_for_resource_reporter.transform_values { |value| plain(value) } : {}
  rescue StandardError
    {}
  end

  def plain(value)
    JSON.parse(JSON.generate([value])).first
  rescue StandardError
    value.to_s
  end

  # An HTTP error says why in its body; an error of a recipe has its line in the backtrace.
  def told(exception)
    message = exception.respond_to?(:original_message) ? exception.original_message : exception.message
    line = Array(exception.backtrace).find { |at| at.include?('/cookbooks/') }.to_s[/\A[^:]+:\d+/]
    at = without_cache(line.to_s)
    text = [without_cache(message.to_s).strip, answer(exception)].reject(&:empty?).join(': ')
    at.empty? || text.include?(at) ? text : "#{text} (#{at})"
  end

  def answer(exception)
    response = exception.respond_to?(:response) ? exception.response : nil
    body = response.respond_to?(:body) ? response.body.to_s : ''
    said = JSON.parse(body)
    Array(said['error'] || said['message']).map(&:to_s).join('; ')[0, 500]
  rescue StandardError
    body.to_s.strip[0, 500]
  end

  def without_cache(text)
    text.gsub(File.join(Chef::Config[:file_cache_path].to_s, ''), '')
  end

  def write(event)
    @events.puts(JSON.generate(event))
  end
end

own = ENV['DRIFT_EXPORTER_CLIENT_RB'].to_s
Chef::Config.from_file(own) unless own.empty?
root = ENV['DRIFT_EXPORTER_ROOT'].to_s
repo = ENV['DRIFT_EXPORTER_CHEF_REPO'].to_s
unless repo.empty?
  Chef::Config[:chef_repo_path] = repo
  # In local mode Chef saves the node in the repository, in why-run mode too.
  Chef::Config[:node_path] = File.join(root, 'nodes')
  nodes = File.join(repo, 'nodes')
  File.directory?(nodes) ? FileUtils.cp_r(nodes, root) : FileUtils.mkdir_p(File.join(root, 'nodes'))
end
unless root.empty?
  Chef::Config[:file_cache_path] = File.join(root, 'cache')
  Chef::Config[:file_backup_path] = File.join(root, 'backup')
  Chef::Config[:lockfile] = File.join(root, 'lock')
  Chef::Config[:pid_file] = File.join(root, 'pid')
end
Chef::Config[:why_run] = true
Chef::Config[:event_handlers] = Array(Chef::Config[:event_handlers]) + [DriftExporterReporter.new(ENV.fetch('DRIFT_EXPORTER_EVENTS'))]
`;
