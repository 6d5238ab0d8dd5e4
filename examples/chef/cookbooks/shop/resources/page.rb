provides :shop_page
unified_mode true

property :page, String, name_property: true
property :directory, String, required: true
property :body, String, required: true

action :create do
  file "#{new_resource.directory}/#{new_resource.page}.html" do
    content "#{new_resource.body}\n"
    mode '0644'
  end
end
