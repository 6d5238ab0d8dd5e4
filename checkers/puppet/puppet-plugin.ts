/** Name under which Puppet loads the plugin: `--catalog_cache_terminus`. */
export const PLUGIN_NAME = 'drift_exporter';

/** Where it lies below Puppet's `libdir`. */
export const PLUGIN_FILE: string = `puppet/indirector/catalog/${PLUGIN_NAME}.rb`;

/** What the plugin writes into Puppet's `statedir`: JSON, a list of DeclaredResource. */
export const DECLARED_FILE = 'drift_exporter_declared.json';

/**
 * A plugin for Puppet 5 and newer, loaded into every run of this checker. It keeps `noop => false`, which beats
 * `--noop`, from applying anything, and lists what the catalog declares: digests only, nothing of sensitive parameters.
 */
export const PUPPET_PLUGIN: string = String.raw`# Written by drift-exporter for one run; it may be removed.
require 'digest'
require 'json'
require 'puppet/indirector/code'

class Puppet::Resource::Catalog::DriftExporter < Puppet::Indirector::Code
  desc 'Caches no catalog. Keeps a noop run from applying anything and lists what it compared.'

  GUARDS = %w[unless onlyif creates refreshonly].freeze
  NOT_COMPARED = %w[noop require before notify subscribe tag loglevel alias].freeze

  def find(_request)
    nil
  end

  def save(_request)
    nil
  end

  def self.declared(resource)
    data = resource.to_data_hash
    sensitive = (data['sensitive_parameters'] || []).map(&:to_s)
    parameters = (data['parameters'] || {}).reject { |name, _| NOT_COMPARED.include?(name.to_s) }
    shown = parameters.reject { |name, _| sensitive.include?(name.to_s) }.sort_by { |name, _| name.to_s }
    {
      'ref' => resource.ref,
      'digest' => Digest::SHA256.hexdigest(shown.inspect)[0, 16],
      'guarded' => GUARDS.any? { |name| parameters.key?(name) || parameters.key?(name.to_sym) },
      'sourced' => parameters.key?('source') || parameters.key?(:source),
      'sensitive' => sensitive,
    }
  end

  module NeverApply
    def noop?
      catalog && !catalog.host_config? ? super : true
    end
  end

  module ListDeclared
    def to_ral
      # Puppet's own settings are applied as catalogs too; only a host's has stages.
      if resources.any? { |resource| resource.type == 'Stage' }
        list = resources.map { |resource| Puppet::Resource::Catalog::DriftExporter.declared(resource) }
        File.write(File.join(Puppet[:statedir], '${DECLARED_FILE}'), JSON.generate(list))
      end
      super
    end
  end

  # Puppet 8 leaves resources in sync out of its report.
  unchanged = :exclude_unchanged_resources
  Puppet[unchanged] = false if Puppet.settings.include?(unchanged)

  Puppet::Type.prepend(NeverApply)
  Puppet::Resource::Catalog.prepend(ListDeclared)
end
`;
